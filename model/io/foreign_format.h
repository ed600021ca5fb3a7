// Names the format of files that the readers do not take, so that an error can say what the file is.

#ifndef EBM_MODEL_IO_FOREIGN_FORMAT_H_
#define EBM_MODEL_IO_FOREIGN_FORMAT_H_

#include "absl/strings/string_view.h"

namespace ebm {

// "an xz file" and the like, with advice for a reader of arrays behind a semicolon; empty for an unknown format. The
// bytes alone decide, not the file's name.
absl::string_view NameOfForeignFormat(absl::string_view bytes);

}  // namespace ebm

#endif  // EBM_MODEL_IO_FOREIGN_FORMAT_H_

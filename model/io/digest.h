// SHA-256 of data, for a checkpoint's provenance: the same hexadecimal digits that sha256sum prints.

#ifndef EBM_MODEL_IO_DIGEST_H_
#define EBM_MODEL_IO_DIGEST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace ebm {

std::string Sha256Hex(absl::string_view bytes);

}  // namespace ebm

#endif  // EBM_MODEL_IO_DIGEST_H_

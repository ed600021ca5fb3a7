// Replaces a file so that readers see either the old or the new file whole, also after a loss of power.
//
// Writes `path`.tmp-<random number> in the same folder, a file that no other writer has, syncs it, renames it over
// `path`, syncs the folder. Symbolic links stay links: the file behind them is replaced. A file that is a mount point
// cannot be replaced and is written in place, not atomically. A writer that is killed can leave that temporary file
// behind, which may be deleted then, but never a partial file at `path`. Of several writers of one path, on one machine
// or on several that share the folder, the last rename counts.
//
// Errors: the operating system's, by absl::ErrnoToStatus, with the step that failed; the temporary file is removed.
//
// Threads: reentrant.

#ifndef EBM_MODEL_IO_ATOMIC_FILE_H_
#define EBM_MODEL_IO_ATOMIC_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ebm {

absl::Status WriteFileAtomically(absl::string_view bytes, const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_IO_ATOMIC_FILE_H_

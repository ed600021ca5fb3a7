// The exit status of all programs for an error.

#ifndef EBM_MODEL_CORE_EXIT_STATUS_H_
#define EBM_MODEL_CORE_EXIT_STATUS_H_

#include "absl/status/status.h"

namespace ebm {

// 0: no error; 2: what other arguments would correct, such as a missing or a damaged file; 3: a run that failed
// although its arguments are fine (Aborted); 130: stopped by the user (Cancelled), as shells have it for Ctrl-C; 1:
// anything else, such as a full disk.
inline int ExitStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
      return 2;
    case absl::StatusCode::kAborted:
      return 3;
    case absl::StatusCode::kCancelled:
      return 130;
    default:
      return 1;
  }
}

}  // namespace ebm

#endif  // EBM_MODEL_CORE_EXIT_STATUS_H_

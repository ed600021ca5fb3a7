// Turns exceptions into statuses. LibTorch and the allocator throw when they run out of memory, and LibTorch for
// whatever else it cannot compute. Such exceptions may cross the methods of energy_model.h and what is built on them;
// every caller that must survive runs them inside Guarded: the engines of a server, and the offline programs.
//
// Errors: ResourceExhausted for a lack of memory, Internal for everything else, with the first line of what was thrown.

#ifndef EBM_MODEL_CORE_GUARDED_H_
#define EBM_MODEL_CORE_GUARDED_H_

#include "absl/status/status.h"

namespace ebm {

// The status of the exception that is being handled. REQUIRES: called inside a catch block.
absl::Status StatusOfCurrentException();

// The status that work() returns, or that of the exception that it throws.
template <typename Work>
absl::Status Guarded(Work work) {
  try {
    return work();
  } catch (...) {
    return StatusOfCurrentException();
  }
}

}  // namespace ebm

#endif  // EBM_MODEL_CORE_GUARDED_H_

// Limits and interruption of long computations: a computation reports the operations that it is about to do, and ends
// when the report is answered with an error.
//
// Threads: a WorkCount is used by one thread at a time.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_WORK_COUNT_H_
#define EBM_MODEL_OFFLINE_BOUNDS_WORK_COUNT_H_

#include <functional>

#include "absl/status/status.h"

namespace ebm {

// operations: simple ones, of about a nanosecond each.
using WorkCount = std::function<absl::Status(double operations)>;

// Errors of the result: Cancelled once stop_requested is true; ResourceExhausted, naming the limit, as soon as the
// operations exceed `most` in total. stop_requested may be empty.
WorkCount LimitedWork(double most, std::function<bool()> stop_requested);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_WORK_COUNT_H_

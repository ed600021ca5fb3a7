// The deadline of a call. On gRPC's steady clock, so that a step of the wall clock neither shortens nor prolongs a
// call.

#ifndef EBM_CLIENT_DEADLINE_H_
#define EBM_CLIENT_DEADLINE_H_

#include "absl/time/time.h"
#include "grpc/support/time.h"

namespace ebm::client {

// For ClientContext::set_deadline.
inline gpr_timespec DeadlineAfter(absl::Duration time) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(absl::ToInt64Nanoseconds(time), GPR_TIMESPAN));
}

}  // namespace ebm::client

#endif  // EBM_CLIENT_DEADLINE_H_

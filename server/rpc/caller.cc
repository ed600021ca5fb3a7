#include "server/rpc/caller.h"

#include "absl/time/time.h"
#include "grpc/support/time.h"
#include "server/rpc/call_context.h"

namespace ebm::rpc {
namespace {

// gRPC states a deadline on a clock of its own; what is left of it is the same on every clock.
batching::SteadyTime DeadlineOf(const grpc::CallbackServerContext& context, const batching::Clock& clock) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return batching::SteadyTime::InfiniteFuture();
  const batching::SteadyTime now = clock.Now();
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return now + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

}  // namespace

inference::Caller CallerOf(const grpc::CallbackServerContext& context, const batching::Clock& clock,
                           const google::protobuf::Message& request) {
  return {.deadline = DeadlineOf(context, clock),
          .message_bytes = request.SpaceUsedLong(),
          .work = &RecordOf(context).work};
}

}  // namespace ebm::rpc

#include "server/rpc/call_gate.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "grpc/support/time.h"
#include "model/core/status_macros.h"
#include "server/rpc/call_context.h"

namespace ebm::rpc {
namespace {

// gRPC states a deadline on a clock of its own; what is left of it is the same on every clock.
absl::Duration TimeLeft(const grpc::CallbackServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return absl::InfiniteDuration();
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

absl::string_view Metadata(const grpc::CallbackServerContext& context, const char* key) {
  const auto found = context.client_metadata().find(key);
  if (found == context.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

}  // namespace

bool CallGate::IsAllowed(const grpc::CallbackServerContext& context, access::Role role) const {
  return access_.Check(Metadata(context, "authorization"), context.peer(), role).ok();
}

absl::StatusOr<inference::Caller> CallGate::Admit(const grpc::CallbackServerContext& context,
                                                  const google::protobuf::Message& request, access::Role role) const {
  inference::Caller caller;
  EBM_ASSIGN_OR_RETURN(caller.account, access_.Check(Metadata(context, "authorization"), context.peer(), role));
  CallRecord& record = RecordOf(context);
  if (caller.account != nullptr) record.token_name = caller.account->name();
  caller.work = &record.work;
  caller.deadline = clock_.Now() + std::min(TimeLeft(context), longest_call_);
  caller.message_bytes = request.SpaceUsedLong();
  return caller;
}

}  // namespace ebm::rpc

// What every call of every protocol passes first: who calls, with which deadline, and for how long at most. The call's
// record gets the caller's name, and is filled with what the call does.
//
// Errors: those of Access::Check.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_RPC_CALL_GATE_H_
#define EBM_SERVER_RPC_CALL_GATE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "server/access/access.h"
#include "server/batching/clock.h"
#include "server/inference/call.h"

namespace ebm::rpc {

class CallGate {
 public:
  // access and clock are borrowed and outlive the gate. A call without an earlier deadline has one after longest_call.
  CallGate(const access::Access* access, const batching::Clock* clock,
           absl::Duration longest_call = absl::InfiniteDuration())
      : access_(*access), clock_(*clock), longest_call_(longest_call) {}

  // request: what the protocol keeps until the call is done.
  absl::StatusOr<inference::Caller> Admit(const grpc::CallbackServerContext& context,
                                          const google::protobuf::Message& request, access::Role role) const;
  // Whether the caller has the role. Notes nothing in the call's record.
  bool IsAllowed(const grpc::CallbackServerContext& context, access::Role role) const;

 private:
  const access::Access& access_;
  const batching::Clock& clock_;
  const absl::Duration longest_call_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_GATE_H_

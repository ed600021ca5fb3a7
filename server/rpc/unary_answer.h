// Unary calls that end without waiting: refusals, and questions about what the server knows already.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_RPC_UNARY_ANSWER_H_
#define EBM_SERVER_RPC_UNARY_ANSWER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/access/access.h"
#include "server/inference/call.h"
#include "server/rpc/call_gate.h"

namespace ebm::rpc {

grpc::ServerUnaryReactor* FinishWith(const absl::Status& status, grpc::CallbackServerContext* context);

// For calls that need the role infer. `answer()` fills the response and returns the call's status.
template <typename Answer>
grpc::ServerUnaryReactor* AnswerAtOnce(const CallGate& gate, grpc::CallbackServerContext* context,
                                       const google::protobuf::Message& request, const Answer& answer) {
  const absl::StatusOr<inference::Caller> caller = gate.Admit(*context, request, access::Role::kInfer);
  return FinishWith(caller.ok() ? answer() : caller.status(), context);
}

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_UNARY_ANSWER_H_

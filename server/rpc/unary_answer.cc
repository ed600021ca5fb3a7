#include "server/rpc/unary_answer.h"

#include "server/rpc/status.h"

namespace ebm::rpc {

grpc::ServerUnaryReactor* FinishWith(const absl::Status& status, grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

}  // namespace ebm::rpc

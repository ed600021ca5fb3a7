// What the core needs to know of a gRPC call, and where it notes what it did (call_record.h).

#ifndef EBM_SERVER_RPC_CALLER_H_
#define EBM_SERVER_RPC_CALLER_H_

#include "google/protobuf/message.h"
#include "grpcpp/server_context.h"
#include "server/batching/clock.h"
#include "server/inference/call.h"

namespace ebm::rpc {

inference::Caller CallerOf(const grpc::CallbackServerContext& context, const batching::Clock& clock,
                           const google::protobuf::Message& request);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALLER_H_

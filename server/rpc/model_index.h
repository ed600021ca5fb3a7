// What a caller may know of the models: why a version could not be loaded names files, tensors and settings, which only
// callers who may change models are told.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_RPC_MODEL_INDEX_H_
#define EBM_SERVER_RPC_MODEL_INDEX_H_

#include <vector>

#include "grpcpp/server_context.h"
#include "server/catalog/model_control.h"
#include "server/rpc/call_gate.h"

namespace ebm::rpc {

// The versions of all models, as the caller of `context` sees them.
std::vector<catalog::VersionStatus> IndexFor(const CallGate& gate, const grpc::CallbackServerContext& context,
                                             const catalog::ModelControl& control);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_MODEL_INDEX_H_

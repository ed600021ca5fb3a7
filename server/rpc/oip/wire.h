// The messages of the Open Inference Protocol. Their namespace, inference, has the name of the server's core; here they
// are wire::.

#ifndef EBM_SERVER_RPC_OIP_WIRE_H_
#define EBM_SERVER_RPC_OIP_WIRE_H_

#include <string>

#include "inference/grpc_service.pb.h"

namespace ebm::rpc::oip {

namespace wire = ::inference;

using Parameters = google::protobuf::Map<std::string, wire::InferParameter>;

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_WIRE_H_

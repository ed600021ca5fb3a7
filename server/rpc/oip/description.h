// Describes models: their tensors, and their configuration.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_OIP_DESCRIPTION_H_
#define EBM_SERVER_RPC_OIP_DESCRIPTION_H_

#include <cstdint>

#include "server/rpc/oip/target.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// Without the versions.
wire::ModelMetadataResponse DescribeTensors(const Target& target);

// max_rows: of a request.
wire::ModelConfig Configuration(const Target& target, int64_t max_rows);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_DESCRIPTION_H_

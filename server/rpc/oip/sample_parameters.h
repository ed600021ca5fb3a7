// The parameters of sample requests: the table of those that are fields of the core's request, and the settings of the
// sampler, which have the names and types of ebm.v1.SamplerSettings and of its kernels.
//
// Errors: InvalidArgument with the parameter, its value and the limit.
//
// Threads: free function, reentrant.

#ifndef EBM_SERVER_RPC_OIP_SAMPLE_PARAMETERS_H_
#define EBM_SERVER_RPC_OIP_SAMPLE_PARAMETERS_H_

#include "absl/status/statusor.h"
#include "server/inference/model.h"
#include "server/inference/sample_request.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// Without tensors. What is not set is the model's default; one chain.
absl::StatusOr<inference::SampleRequest> ReadSampleParameters(const Parameters& parameters,
                                                              const inference::ModelInfo& model);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_SAMPLE_PARAMETERS_H_

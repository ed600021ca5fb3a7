// Sample requests and their answers: from a request of this protocol to that of the core, and from frames and reports
// to responses.
//
//   parameters      the fields of ebm.v1.SampleRequest, and of its sampler and kernel, by name (README.md)
//   start_states    [chains, C] or [1, C], FP32 or UINT8, in the units of state_units
//   held_coordinates [C], UINT8
//   states          [n, C] FP32, or [n, D] in scaled units
//   chains          [n] UINT32, the index of each state's chain under the seed
//   log_density     [n] FP32, ln p~(x), in nats
//   log_weight      [n] FP64, ln w; of annealed chains only
//
// Errors: InvalidArgument with the field, the value and the limit; the core checks the rest.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_OIP_SAMPLES_H_
#define EBM_SERVER_RPC_OIP_SAMPLES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/batching/result_sink.h"
#include "server/inference/model.h"
#include "server/inference/sample_plan.h"
#include "server/inference/sample_report.h"
#include "server/inference/sample_request.h"
#include "server/rpc/oip/tensors.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

inline constexpr char kStartStates[] = "start_states";
inline constexpr char kHeldCoordinates[] = "held_coordinates";
inline constexpr absl::string_view kSampleInputs[] = {kStartStates, kHeldCoordinates};

inline constexpr char kStates[] = "states";
inline constexpr char kChains[] = "chains";
inline constexpr char kLogDensity[] = "log_density";
inline constexpr char kLogWeight[] = "log_weight";
inline constexpr absl::string_view kSampleOutputs[] = {kStates, kChains, kLogDensity, kLogWeight};

// The request's tensors are views of `inputs`, which outlives it.
absl::StatusOr<inference::SampleRequest> ToSampleRequest(const wire::ModelInferRequest& request, const Inputs& inputs,
                                                         const inference::ModelInfo& model);

// What the responses to a sample request have in common.
struct SampleResponseParts {
  std::string id;
  std::vector<std::string> outputs;  // the requested ones; empty: all
};
absl::StatusOr<SampleResponseParts> ReadResponseParts(const wire::ModelInferRequest& request);

wire::ModelInferResponse ToResponse(const batching::Frame& frame, const SampleResponseParts& parts,
                                    const inference::SamplePlan& plan, const inference::ModelInfo& model);
// The last response: without outputs, with the report's figures as parameters.
wire::ModelInferResponse ToResponse(const inference::SampleReport& report, const SampleResponseParts& parts,
                                    const inference::SamplePlan& plan, const inference::ModelInfo& model);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_SAMPLES_H_

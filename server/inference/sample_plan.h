// Checks a SampleRequest and makes the engine's task of it.
//
// All checks of sizes come before any allocation that depends on them. Clamps are in the units of SamplerDefaults in
// requests. The chains always use the scaled values of the reported clamp, so a request made from a report's settings
// gives the same bits.
//
// Errors name the field, the value and the limit: InvalidArgument for a malformed request, FailedPrecondition for a
// request that this model does not support.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_INFERENCE_SAMPLE_PLAN_H_
#define EBM_SERVER_INFERENCE_SAMPLE_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/sampler/sampler_settings.h"
#include "server/batching/result_sink.h"
#include "server/batching/task.h"
#include "server/inference/model.h"
#include "server/inference/sample_request.h"

namespace ebm::inference {

// The given values of held coordinates. They are returned from here, because scaling to the model's units and back
// would round them.
struct HeldValues {
  std::vector<uint8_t> free;  // [D], 0: held, 1: free; empty: all free
  std::vector<float> given;   // [chains, C] in data units; empty: nothing is held at a given value
};

struct SamplePlan {
  uint64_t seed = 0;
  uint32_t first_chain = 0;
  StateUnits units = StateUnits::kData;  // of the states in frames, as the next
  StateType type = StateType::kFloat;
  HeldValues held;
  SamplerSettings settings;   // as the report has them: with the clamp as in SamplerDefaults
  batching::SampleTask task;  // without sink and deadline
};

// default_seed is used if the request has no seed. The request's tensors are read before the function returns.
absl::StatusOr<SamplePlan> PlanSample(const SampleRequest& request, Model& model, uint64_t default_seed);

// The model's defaults, with the clamp in data units if one scaling holds for all values. Otherwise no interval of data
// units fits all of them, and the clamp is in scaled units.
SamplerSettings SamplerDefaults(const ModelInfo& model);

// The number of values of a state in the plan's units: C or D.
int64_t WidthOfStates(const SamplePlan& plan, const ModelSpec& spec);

// Appends a frame's states, [n, width], in the plan's units and with held values as the request gave them, as
// little-endian float32 or as bytes.
void AppendStates(const SamplePlan& plan, const ModelSpec& spec, const batching::Frame& frame, std::string& bytes);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_SAMPLE_PLAN_H_

// A Sample request on plain types.

#ifndef EBM_SERVER_INFERENCE_SAMPLE_REQUEST_H_
#define EBM_SERVER_INFERENCE_SAMPLE_REQUEST_H_

#include <cstdint>
#include <optional>

#include "model/sampler/sampler_settings.h"
#include "server/batching/task.h"
#include "server/inference/tensor_view.h"

namespace ebm::inference {

enum class StateUnits { kData, kScaled };
// kByte: of values that are whole numbers from 0 to 255.
enum class StateType { kFloat, kByte };

struct SampleRequest {
  uint32_t chains = 0;
  std::optional<uint64_t> seed;            // unset: drawn
  std::optional<int32_t> target_class;     // unset: the marginal density of x
  SamplerSettings sampler;                 // complete, with the clamp in data units
  std::optional<TensorView> start_states;  // [chains, D], or [1, D] for all; of sampler.start kGiven
  std::optional<TensorView> held_coordinates;
  StateUnits state_units = StateUnits::kData;  // of start_states and of frames
  StateType state_type = StateType::kFloat;    // of frames
  uint32_t frame_interval = 0;                 // steps from one frame to the next; 0: only the final states
  batching::Priority priority = batching::Priority::kNormal;
  bool include_diagnostics = false;
  // For a part of another request: its first chain, and the steps that its chains have done.
  uint32_t first_chain = 0;
  uint32_t first_step = 0;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_SAMPLE_REQUEST_H_

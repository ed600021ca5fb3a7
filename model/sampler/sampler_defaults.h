// Sample's settings for fields that a request leaves unset, as a checkpoint holds them.
//
// Units: scaled units, except for the counts.
//
// Threads: plain data.

#ifndef EBM_MODEL_SAMPLER_SAMPLER_DEFAULTS_H_
#define EBM_MODEL_SAMPLER_SAMPLER_DEFAULTS_H_

#include <cstdint>
#include <optional>

namespace ebm {

// Sample's settings for fields that a request leaves unset. All but the counts are in scaled units.
struct SamplerDefaults {
  uint32_t steps = 20;
  float step_size = 1.0F;     // alpha
  float noise_scale = 0.01F;  // sigma
  float start_lower = -1.0F;  // chains start uniformly in this box ...
  float start_upper = 1.0F;
  bool start_from_buffer = false;  // ... or from the states in `start_states` ...
  bool start_from_base = false;    // ... or at draws from the base density
  std::optional<float> clamp_lower;
  std::optional<float> clamp_upper;
  bool final_noise_free_step = false;
  bool metropolis = false;  // steps are accepted or rejected (model/sampler/metropolis_langevin.h)

  friend bool operator==(const SamplerDefaults&, const SamplerDefaults&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_SAMPLER_DEFAULTS_H_

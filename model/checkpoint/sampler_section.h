// The metadata's sampler section as FORMAT.md has it: one flat list of fields, of which some combinations mean nothing.
// Internal to this folder.
//
// Errors: InvalidArgument for such a combination.

#ifndef EBM_MODEL_CHECKPOINT_SAMPLER_SECTION_H_
#define EBM_MODEL_CHECKPOINT_SAMPLER_SECTION_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "model/sampler/sampler_settings.h"

namespace ebm {

struct SamplerSection {
  uint32_t steps = 0;
  float step_size = 0;
  float noise_scale = 0;
  float start_lower = 0;
  float start_upper = 0;
  bool start_from_buffer = false;
  bool start_from_base = false;
  std::optional<float> clamp_lower;
  std::optional<float> clamp_upper;
  bool final_noise_free_step = false;
  bool metropolis = false;
  uint32_t adaptation_steps = 0;
};

SamplerSection ToSection(const SamplerSettings& settings);
absl::StatusOr<SamplerSettings> FromSection(const SamplerSection& section);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_SAMPLER_SECTION_H_

// How chains move: the settings that a checkpoint holds as its defaults, that training runs with, and that samples are
// drawn with.
//
// Units: step sizes (alpha), noise scales (sigma), the start box and the clamp are in the model's scaled units. The
// temperature is sigma^2 / (2 alpha).
//
// Errors: Validate returns InvalidArgument with the field, the value and the limit.
//
// Threads: plain data.

#ifndef EBM_MODEL_SAMPLER_SAMPLER_SETTINGS_H_
#define EBM_MODEL_SAMPLER_SAMPLER_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <variant>

#include "absl/status/status.h"

namespace ebm {

// Where chains begin.
enum class ChainStart {
  kUniform,  // uniformly in the start box
  kBuffer,   // at stored states of replayed chains
  kBase      // at exact draws from the base density
};

// Unadjusted Langevin dynamics (langevin.h).
struct Langevin {
  float step_size = 1.0F;
  float noise_scale = 0.01F;           // 0: the chain only climbs
  bool final_noise_free_step = false;  // the last step adds no noise, which cleans pictures

  friend bool operator==(const Langevin&, const Langevin&) = default;
};

// Metropolis-adjusted Langevin dynamics (metropolis_langevin.h).
struct MetropolisLangevin {
  float step_size = 1.0F;
  float noise_scale = 0.01F;      // above 0
  uint32_t adaptation_steps = 0;  // the first so many steps also tune step_size, at a constant temperature

  friend bool operator==(const MetropolisLangevin&, const MetropolisLangevin&) = default;
};

// A kernel of another kind is one more alternative here, and one more row in kernel_table.cc.
using KernelSettings = std::variant<Langevin, MetropolisLangevin>;

// How far a Langevin kernel moves.
struct Motion {
  float step_size = 1.0F;
  float noise_scale = 0.01F;
};
Motion MotionOf(const KernelSettings& kernel);
void SetMotion(const Motion& motion, KernelSettings& kernel);

// T = sigma^2 / (2 alpha).
double TemperatureOf(const Motion& motion);

struct SamplerSettings {
  uint32_t steps = 20;
  KernelSettings kernel;
  ChainStart start = ChainStart::kUniform;
  float start_lower = -1.0F;  // the start box
  float start_upper = 1.0F;
  std::optional<float> clamp_lower;  // states stay at or above it; unset: no limit
  std::optional<float> clamp_upper;

  absl::Status Validate() const;

  friend bool operator==(const SamplerSettings&, const SamplerSettings&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_SAMPLER_SETTINGS_H_

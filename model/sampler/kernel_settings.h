// The kinds of transition kernel and their settings.
//
// Units: step sizes (alpha) and noise scales (sigma) are in the model's scaled units. The temperature of Langevin
// dynamics is sigma^2 / (2 alpha).
//
// Threads: plain data.

#ifndef EBM_MODEL_SAMPLER_KERNEL_SETTINGS_H_
#define EBM_MODEL_SAMPLER_KERNEL_SETTINGS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"

namespace ebm {

// Besides its settings, each kind states its name, whether it accepts or rejects its steps, and whether
// its chains carry importance weights.

// Unadjusted Langevin dynamics (langevin.h).
struct Langevin {
  float step_size = 1.0F;
  float noise_scale = 0.01F;           // 0: the chain only climbs
  bool final_noise_free_step = false;  // the last step adds no noise, which cleans pictures

  static constexpr char kName[] = "langevin";
  static constexpr bool kAdjusted = false;
  static constexpr bool kWeighted = false;
  friend bool operator==(const Langevin&, const Langevin&) = default;
};

// Metropolis-adjusted Langevin dynamics (metropolis_langevin.h).
struct MetropolisLangevin {
  float step_size = 1.0F;
  float noise_scale = 0.01F;      // above 0
  uint32_t adaptation_steps = 0;  // the number of first steps that also tune step_size, at a constant T

  static constexpr char kName[] = "metropolis_langevin";
  static constexpr bool kAdjusted = true;
  static constexpr bool kWeighted = false;
  friend bool operator==(const MetropolisLangevin&, const MetropolisLangevin&) = default;
};

// Annealed importance sampling over all steps from the base density, by Metropolis-adjusted Langevin steps at
// temperature 1: each chain carries an importance weight (model/annealing/weighted_chains.h). Needs ChainStart::kBase
// and no clamp.
struct AnnealedLangevin {
  float step_size = 1.0F;

  static constexpr char kName[] = "annealed_langevin";
  static constexpr bool kAdjusted = true;
  static constexpr bool kWeighted = true;
  friend bool operator==(const AnnealedLangevin&, const AnnealedLangevin&) = default;
};

// Block Gibbs sweeps of a discrete model (gibbs.h).
struct Gibbs {
  float temperature = 1.0F;  // of the joint density of the levels and the hidden units
  // The last step takes each coordinate's most probable level given the hidden units, in place of a draw.
  bool final_noise_free_step = false;

  // Far beyond what changes a draw, and not so far that 1 / T overflows.
  static constexpr float kLeastTemperature = 1e-6F;
  static constexpr float kMostTemperature = 1e6F;

  static constexpr char kName[] = "gibbs";
  static constexpr bool kAdjusted = false;
  static constexpr bool kWeighted = false;
  friend bool operator==(const Gibbs&, const Gibbs&) = default;
};

// A kernel of another kind is one more alternative here, with the functions below for it; ARCHITECTURE.md, "How to
// add", has the other places.
using KernelSettings = std::variant<Langevin, MetropolisLangevin, AnnealedLangevin, Gibbs>;

absl::string_view NameOf(const KernelSettings& kernel);

// A kernel of each kind with its default settings, in the order of KernelSettings.
inline std::array<KernelSettings, std::variant_size_v<KernelSettings>> KernelKinds() {
  return []<size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::array{KernelSettings(std::in_place_index<kIndex>)...};
  }
  (std::make_index_sequence<std::variant_size_v<KernelSettings>>());
}

// Calls visit(name, value) for every setting of a kernel but the temperature (TemperatureOf).
void ForEachSetting(const Langevin& kernel, const auto& visit) {
  visit("step_size", kernel.step_size);
  visit("noise_scale", kernel.noise_scale);
  visit("final_noise_free_step", kernel.final_noise_free_step);
}
void ForEachSetting(const MetropolisLangevin& kernel, const auto& visit) {
  visit("step_size", kernel.step_size);
  visit("noise_scale", kernel.noise_scale);
  visit("adaptation_steps", kernel.adaptation_steps);
}
void ForEachSetting(const AnnealedLangevin& kernel, const auto& visit) { visit("step_size", kernel.step_size); }
void ForEachSetting(const Gibbs& kernel, const auto& visit) {
  visit("final_noise_free_step", kernel.final_noise_free_step);
}

// How far a Langevin kernel moves. Kernels without a step size have none: MotionOf is then the default, and SetMotion
// does nothing.
struct Motion {
  float step_size = 1.0F;
  float noise_scale = 0.01F;

  friend bool operator==(const Motion&, const Motion&) = default;
};
Motion MotionOf(const KernelSettings& kernel);
// Annealed chains take the step size only: their temperature is 1.
void SetMotion(const Motion& motion, KernelSettings& kernel);

// T, where Langevin chains sample p(x)^(1/T): sigma^2 / (2 alpha) for kernels with both settings. That of the settings
// for Gibbs, 1 for the others.
double TemperatureOf(const KernelSettings& kernel);
// sigma = sqrt(2 alpha T).
float NoiseScaleAt(double temperature, float step_size);

// Whether chains carry importance weights.
bool IsWeighted(const KernelSettings& kernel);
// Whether steps are accepted or rejected.
bool IsAdjusted(const KernelSettings& kernel);

// Makes the kernel one of the wanted kind. One of another kind passes its motion on.
void UseKind(const KernelSettings& wanted, KernelSettings& kernel);
template <typename Wanted>
Wanted& UseKernel(KernelSettings& kernel) {
  UseKind(Wanted(), kernel);
  return std::get<Wanted>(kernel);
}

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_KERNEL_SETTINGS_H_

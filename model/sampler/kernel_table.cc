#include "model/sampler/kernel_table.h"

#include <limits>
#include <variant>

#include "absl/status/status.h"
#include "model/sampler/langevin.h"
#include "model/sampler/metropolis_langevin.h"

namespace ebm {
namespace {

using Kernel = std::unique_ptr<const TransitionKernel>;

template <typename GradientKernel>
absl::StatusOr<Kernel> MakeGradientKernel(const EnergyModel& model) {
  const LogDensityGradient* const gradient = model.log_density_gradient();
  if (gradient == nullptr) {
    return absl::FailedPreconditionError("Langevin chains need the gradient of ln p~, which this model does not have");
  }
  return std::make_unique<const GradientKernel>(*gradient);
}

// The table: one overload per kind of kernel.
struct Maker {
  const EnergyModel& model;

  absl::StatusOr<Kernel> operator()(const Langevin& /*settings*/) const {
    return MakeGradientKernel<LangevinKernel>(model);
  }
  absl::StatusOr<Kernel> operator()(const MetropolisLangevin& /*settings*/) const {
    return MakeGradientKernel<MetropolisLangevinKernel>(model);
  }
};

}  // namespace

absl::StatusOr<Kernel> MakeKernel(const KernelSettings& settings, const EnergyModel& model) {
  return std::visit(Maker{model}, settings);
}

ChainSettings ToChainSettings(const SamplerSettings& settings, uint64_t seed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Motion motion = MotionOf(settings.kernel);
  ChainSettings chain = {.seed = seed,
                         .step_size = motion.step_size,
                         .noise_scale = motion.noise_scale,
                         .clamp_lower = settings.clamp_lower.value_or(-kInfinity),
                         .clamp_upper = settings.clamp_upper.value_or(kInfinity)};
  if (const auto* const langevin = std::get_if<Langevin>(&settings.kernel)) {
    if (langevin->final_noise_free_step) chain.noise_free_step = settings.steps - 1;
  }
  if (const auto* const metropolis = std::get_if<MetropolisLangevin>(&settings.kernel)) {
    chain.adaptation_steps = metropolis->adaptation_steps;
  }
  return chain;
}

}  // namespace ebm

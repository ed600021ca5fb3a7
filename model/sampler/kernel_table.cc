#include "model/sampler/kernel_table.h"

#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/block_conditionals.h"
#include "model/sampler/gibbs.h"
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
  absl::StatusOr<Kernel> operator()(const Gibbs& /*settings*/) const {
    const BlockConditionals* const conditionals = model.block_conditionals();
    if (conditionals == nullptr) {
      return absl::FailedPreconditionError("Gibbs chains need block conditionals, which this model does not have");
    }
    return std::make_unique<const GibbsKernel>(*conditionals);
  }
  absl::StatusOr<Kernel> operator()(const AnnealedLangevin& settings) const {
    return absl::InvalidArgumentError(
        absl::StrCat("sampler.kernel: ", settings.kName, ", must be one whose chains carry no weights"));
  }
};

}  // namespace

absl::StatusOr<Kernel> MakeKernel(const KernelSettings& settings, const EnergyModel& model) {
  return std::visit(Maker{model}, settings);
}

}  // namespace ebm

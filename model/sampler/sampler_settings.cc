#include "model/sampler/sampler_settings.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

absl::Status Error(absl::string_view field, double value, absl::string_view limit) {
  return absl::InvalidArgumentError(absl::StrCat("sampler.", field, ": ", value, ", must be ", limit));
}

absl::Status CheckMotion(const Motion& motion) {
  if (!(std::isfinite(motion.step_size) && motion.step_size > 0)) {
    return Error("step_size", motion.step_size, "finite and above 0");
  }
  if (std::isfinite(motion.noise_scale) && motion.noise_scale >= 0) return absl::OkStatus();
  return Error("noise_scale", motion.noise_scale, "finite and 0 or above");
}

absl::Status CheckKernel(const Langevin& /*kernel*/, uint32_t /*steps*/) { return absl::OkStatus(); }

absl::Status CheckKernel(const MetropolisLangevin& kernel, uint32_t steps) {
  if (kernel.noise_scale == 0) return Error("noise_scale", 0, "above 0 for Metropolis-adjusted chains");
  if (kernel.adaptation_steps <= steps) return absl::OkStatus();
  return Error("adaptation_steps", kernel.adaptation_steps, absl::StrCat("at most sampler.steps, ", steps));
}

absl::Status CheckFinite(absl::string_view field, float value) {
  return std::isfinite(value) ? absl::OkStatus() : Error(field, value, "finite");
}

}  // namespace

Motion MotionOf(const KernelSettings& kernel) {
  return std::visit([](const auto& k) { return Motion{k.step_size, k.noise_scale}; }, kernel);
}

void SetMotion(const Motion& motion, KernelSettings& kernel) {
  std::visit(
      [&motion](auto& k) {
        k.step_size = motion.step_size;
        k.noise_scale = motion.noise_scale;
      },
      kernel);
}

double TemperatureOf(const Motion& motion) {
  return double{motion.noise_scale} * motion.noise_scale / (2 * double{motion.step_size});
}

absl::Status SamplerSettings::Validate() const {
  if (steps < 1) return Error("steps", 0, "at least 1");
  EBM_RETURN_IF_ERROR(CheckMotion(MotionOf(kernel)));
  EBM_RETURN_IF_ERROR(std::visit([this](const auto& k) { return CheckKernel(k, steps); }, kernel));
  EBM_RETURN_IF_ERROR(CheckFinite("start_lower", start_lower));
  EBM_RETURN_IF_ERROR(CheckFinite("start_upper", start_upper));
  if (start_lower > start_upper) {
    return Error("start_lower", start_lower, absl::StrCat("at most sampler.start_upper, ", start_upper));
  }
  if (clamp_lower) EBM_RETURN_IF_ERROR(CheckFinite("clamp_lower", *clamp_lower));
  if (clamp_upper) EBM_RETURN_IF_ERROR(CheckFinite("clamp_upper", *clamp_upper));
  if (!clamp_lower || !clamp_upper || *clamp_lower < *clamp_upper) return absl::OkStatus();
  return Error("clamp_lower", *clamp_lower, absl::StrCat("below sampler.clamp_upper, ", *clamp_upper));
}

}  // namespace ebm

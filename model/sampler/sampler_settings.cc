#include "model/sampler/sampler_settings.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

absl::Status Error(absl::string_view field, absl::AlphaNum value, absl::string_view limit) {
  return absl::InvalidArgumentError(absl::StrCat("sampler.", field, ": ", value, ", must be ", limit));
}

absl::Status CheckMotion(const Motion& motion) {
  if (!(std::isfinite(motion.step_size) && motion.step_size > 0)) {
    return Error("step_size", motion.step_size, "finite and above 0");
  }
  if (std::isfinite(motion.noise_scale) && motion.noise_scale >= 0) return absl::OkStatus();
  return Error("noise_scale", motion.noise_scale, "finite and 0 or above");
}

absl::Status CheckKernel(const Langevin& kernel, const SamplerSettings& /*settings*/) {
  return CheckMotion(MotionOf(kernel));
}

absl::Status CheckKernel(const MetropolisLangevin& kernel, const SamplerSettings& settings) {
  EBM_RETURN_IF_ERROR(CheckMotion(MotionOf(kernel)));
  if (kernel.noise_scale == 0) return Error("noise_scale", 0, "above 0 for Metropolis-adjusted chains");
  if (kernel.adaptation_steps <= settings.steps) return absl::OkStatus();
  return Error("adaptation_steps", kernel.adaptation_steps, absl::StrCat("at most sampler.steps, ", settings.steps));
}

absl::Status CheckKernel(const AnnealedLangevin& kernel, const SamplerSettings& settings) {
  EBM_RETURN_IF_ERROR(CheckMotion(MotionOf(kernel)));
  if (settings.start != ChainStart::kBase) {
    return Error("start", NameOf(settings.start), "base for annealed chains");
  }
  for (const std::optional<float>& limit : {settings.clamp_lower, settings.clamp_upper}) {
    if (limit.has_value()) return Error("clamp", *limit, "unset for annealed chains: set an empty clamp");
  }
  return absl::OkStatus();
}

absl::Status CheckKernel(const Gibbs& kernel, const SamplerSettings& settings) {
  if (!(kernel.temperature >= Gibbs::kLeastTemperature && kernel.temperature <= Gibbs::kMostTemperature)) {
    return Error("temperature", kernel.temperature,
                 absl::StrCat("from ", Gibbs::kLeastTemperature, " to ", Gibbs::kMostTemperature));
  }
  for (const std::optional<float>& limit : {settings.clamp_lower, settings.clamp_upper}) {
    if (limit.has_value()) return Error("clamp", *limit, "unset for Gibbs chains, which are not clamped");
  }
  return absl::OkStatus();
}

absl::Status CheckFinite(absl::string_view field, float value) {
  return std::isfinite(value) ? absl::OkStatus() : Error(field, value, "finite");
}

absl::Status CheckClamp(const SamplerSettings& settings) {
  if (settings.clamp_lower) EBM_RETURN_IF_ERROR(CheckFinite("clamp_lower", *settings.clamp_lower));
  if (settings.clamp_upper) EBM_RETURN_IF_ERROR(CheckFinite("clamp_upper", *settings.clamp_upper));
  if (!settings.clamp_lower || !settings.clamp_upper || *settings.clamp_lower < *settings.clamp_upper) {
    return absl::OkStatus();
  }
  return Error("clamp_lower", *settings.clamp_lower,
               absl::StrCat("below sampler.clamp_upper, ", *settings.clamp_upper));
}

}  // namespace

absl::string_view NameOf(ChainStart start) {
  switch (start) {
    case ChainStart::kUniform:
      return "uniform";
    case ChainStart::kBuffer:
      return "buffer";
    case ChainStart::kGiven:
      return "given";
    case ChainStart::kBase:
      return "base";
  }
  return "";
}

uint32_t BurnInOf(const KernelSettings& kernel) {
  return std::visit(
      []<typename Kernel>(const Kernel& k) {
        uint32_t steps = 0;
        if constexpr (requires { k.adaptation_steps; }) steps = k.adaptation_steps;
        return steps;
      },
      kernel);
}

absl::Status CheckContinuable(const KernelSettings& kernel) {
  if (IsWeighted(kernel)) {
    return Error("kernel", NameOf(kernel), "one whose chains carry no weights, since they continue");
  }
  if (BurnInOf(kernel) == 0) return absl::OkStatus();
  return Error("adaptation_steps", BurnInOf(kernel), "0 for chains that continue");
}

absl::Status SamplerSettings::Validate() const {
  if (steps < 1) return Error("steps", 0, "at least 1");
  EBM_RETURN_IF_ERROR(CheckClamp(*this));
  EBM_RETURN_IF_ERROR(std::visit([this](const auto& k) { return CheckKernel(k, *this); }, kernel));
  EBM_RETURN_IF_ERROR(CheckFinite("start_lower", start_lower));
  EBM_RETURN_IF_ERROR(CheckFinite("start_upper", start_upper));
  if (start_lower <= start_upper) return absl::OkStatus();
  return Error("start_lower", start_lower, absl::StrCat("at most sampler.start_upper, ", start_upper));
}

}  // namespace ebm

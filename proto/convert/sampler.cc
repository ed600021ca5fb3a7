#include "proto/convert/sampler.h"

#include <cmath>
#include <optional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr std::pair<v1::ChainStart, ChainStart> kStarts[] = {
    {v1::CHAIN_START_UNIFORM, ChainStart::kUniform},
    {v1::CHAIN_START_BUFFER, ChainStart::kBuffer},
    {v1::CHAIN_START_GIVEN, ChainStart::kGiven},
    {v1::CHAIN_START_BASE, ChainStart::kBase},
};

absl::StatusOr<ChainStart> ReadStart(v1::ChainStart start) {
  for (const auto& [proto, plain] : kStarts) {
    if (proto == start) return plain;
  }
  return absl::InvalidArgumentError(absl::StrCat("sampler.start: ", start, ", must be a ChainStart"));
}

v1::ChainStart ToProto(ChainStart start) {
  for (const auto& [proto, plain] : kStarts) {
    if (plain == start) return proto;
  }
  return v1::CHAIN_START_UNSPECIFIED;
}

// For the messages that state their noise as a scale or a temperature.
template <typename Message, typename Kernel>
absl::Status ReadMotion(const Message& message, Kernel& kernel) {
  if (message.has_step_size()) kernel.step_size = message.step_size();
  if (message.has_noise_scale()) kernel.noise_scale = message.noise_scale();
  if (!message.has_temperature()) return absl::OkStatus();
  if (!(std::isfinite(message.temperature()) && message.temperature() > 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("sampler.temperature: ", message.temperature(), ", must be finite and above 0"));
  }
  kernel.noise_scale = NoiseScaleAt(message.temperature(), kernel.step_size);
  return absl::OkStatus();
}

// One pair of overloads for each kind of kernel.
absl::Status Read(const v1::Langevin& message, Langevin& kernel) {
  if (message.has_final_noise_free_step()) kernel.final_noise_free_step = message.final_noise_free_step();
  return ReadMotion(message, kernel);
}
void Write(const Langevin& kernel, v1::SamplerSettings& settings) {
  v1::Langevin& message = *settings.mutable_langevin();
  message.set_step_size(kernel.step_size);
  message.set_noise_scale(kernel.noise_scale);
  message.set_final_noise_free_step(kernel.final_noise_free_step);
}

absl::Status Read(const v1::MetropolisLangevin& message, MetropolisLangevin& kernel) {
  if (message.has_adaptation_steps()) kernel.adaptation_steps = message.adaptation_steps();
  return ReadMotion(message, kernel);
}
void Write(const MetropolisLangevin& kernel, v1::SamplerSettings& settings) {
  v1::MetropolisLangevin& message = *settings.mutable_metropolis_langevin();
  message.set_step_size(kernel.step_size);
  message.set_noise_scale(kernel.noise_scale);
  message.set_adaptation_steps(kernel.adaptation_steps);
}

absl::Status Read(const v1::AnnealedLangevin& message, AnnealedLangevin& kernel) {
  if (message.has_step_size()) kernel.step_size = message.step_size();
  return absl::OkStatus();
}
void Write(const AnnealedLangevin& kernel, v1::SamplerSettings& settings) {
  settings.mutable_annealed_langevin()->set_step_size(kernel.step_size);
}

absl::Status Read(const v1::Gibbs& message, Gibbs& kernel) {
  if (message.has_temperature()) kernel.temperature = message.temperature();
  if (message.has_final_noise_free_step()) kernel.final_noise_free_step = message.final_noise_free_step();
  return absl::OkStatus();
}
void Write(const Gibbs& kernel, v1::SamplerSettings& settings) {
  v1::Gibbs& message = *settings.mutable_gibbs();
  message.set_temperature(kernel.temperature);
  message.set_final_noise_free_step(kernel.final_noise_free_step);
}

// A message of a Langevin kernel. Gibbs chains have no step size to pass on, but a temperature.
template <typename Kernel, typename Message>
absl::Status ReadLangevin(const Message& message, KernelSettings& kernel) {
  if (!std::holds_alternative<Gibbs>(kernel)) return Read(message, UseKernel<Kernel>(kernel));
  if (!message.has_step_size()) {
    return absl::InvalidArgumentError(absl::StrCat("sampler.step_size: unset, must be set for ", Kernel::kName,
                                                   " chains of a model whose own are Gibbs chains"));
  }
  const double temperature = TemperatureOf(kernel);
  Kernel& wanted = UseKernel<Kernel>(kernel);
  SetMotion({.step_size = message.step_size(), .noise_scale = NoiseScaleAt(temperature, message.step_size())}, kernel);
  return Read(message, wanted);
}

absl::Status ReadKernel(const v1::SamplerSettings& settings, KernelSettings& kernel) {
  switch (settings.kernel_case()) {
    case v1::SamplerSettings::kLangevin:
      return ReadLangevin<Langevin>(settings.langevin(), kernel);
    case v1::SamplerSettings::kMetropolisLangevin:
      return ReadLangevin<MetropolisLangevin>(settings.metropolis_langevin(), kernel);
    case v1::SamplerSettings::kAnnealedLangevin:
      return ReadLangevin<AnnealedLangevin>(settings.annealed_langevin(), kernel);
    case v1::SamplerSettings::kGibbs:
      return Read(settings.gibbs(), UseKernel<Gibbs>(kernel));
    case v1::SamplerSettings::KERNEL_NOT_SET:
      break;
  }
  return absl::OkStatus();
}

std::optional<float> Limit(bool is_set, float value) { return is_set ? std::optional(value) : std::nullopt; }

}  // namespace

absl::StatusOr<SamplerSettings> WithDefaults(const v1::SamplerSettings& settings, const SamplerSettings& defaults) {
  SamplerSettings result = defaults;
  if (settings.has_steps()) result.steps = settings.steps();
  EBM_RETURN_IF_ERROR(ReadKernel(settings, result.kernel));
  if (settings.has_clamp()) {
    result.clamp_lower = Limit(settings.clamp().has_lower(), settings.clamp().lower());
    result.clamp_upper = Limit(settings.clamp().has_upper(), settings.clamp().upper());
  }
  if (settings.start() != v1::CHAIN_START_UNSPECIFIED) {
    EBM_ASSIGN_OR_RETURN(result.start, ReadStart(settings.start()));
  } else if (IsWeighted(result.kernel)) {
    result.start = ChainStart::kBase;
  }
  return result;
}

v1::SamplerSettings ToProto(const SamplerSettings& settings) {
  v1::SamplerSettings proto;
  proto.set_steps(settings.steps);
  std::visit([&proto](const auto& kernel) { Write(kernel, proto); }, settings.kernel);
  v1::Clamp& clamp = *proto.mutable_clamp();
  if (settings.clamp_lower) clamp.set_lower(*settings.clamp_lower);
  if (settings.clamp_upper) clamp.set_upper(*settings.clamp_upper);
  proto.set_start(ToProto(settings.start));
  return proto;
}

}  // namespace ebm

#include "server/rpc/sample_request.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/sampler/sampler_settings.h"
#include "server/rpc/tensors.h"

namespace ebm::rpc {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

absl::Status CheckWithin(absl::string_view field, uint64_t value, uint64_t limit) {
  if (value >= 1 && value <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, ", must be 1 to ", limit));
}

absl::Status CheckSize(const v1::SampleRequest& request, uint32_t steps, const RequestLimits& limits) {
  EBM_RETURN_IF_ERROR(CheckWithin("chains", request.chains(), limits.max_chains));
  EBM_RETURN_IF_ERROR(CheckWithin("sampler.steps", steps, limits.max_steps));
  const uint64_t chain_steps = uint64_t{request.chains()} * steps;
  if (chain_steps > limits.max_chain_steps) {
    return absl::InvalidArgumentError(absl::StrCat("chains x sampler.steps: ", request.chains(), " x ", steps, " = ",
                                                   chain_steps, ", must be at most ", limits.max_chain_steps));
  }
  return absl::OkStatus();
}

absl::Status CheckMotion(const v1::SamplerSettings& settings) {
  if (!std::isfinite(settings.step_size()) || settings.step_size() <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("sampler.step_size: ", settings.step_size(), ", must be finite and above 0"));
  }
  if (!std::isfinite(settings.noise_scale()) || settings.noise_scale() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("sampler.noise_scale: ", settings.noise_scale(), ", must be finite and 0 or above"));
  }
  return absl::OkStatus();
}

absl::Status CheckTemperature(const v1::SamplerSettings& settings) {
  if (!settings.has_temperature()) return absl::OkStatus();
  if (settings.has_noise_scale()) {
    return absl::InvalidArgumentError(
        "sampler.temperature: set, must be unset if sampler.noise_scale is set; each determines the other");
  }
  if (std::isfinite(settings.temperature()) && settings.temperature() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("sampler.temperature: ", settings.temperature(), ", must be finite and above 0"));
}

absl::Status CheckMetropolis(const v1::SamplerSettings& settings) {
  if (!settings.metropolis()) return absl::OkStatus();
  if (settings.noise_scale() == 0) {
    return absl::InvalidArgumentError("sampler.noise_scale: 0, must be above 0 if sampler.metropolis is set");
  }
  if (settings.final_noise_free_step()) {
    return absl::InvalidArgumentError(
        "sampler.final_noise_free_step: true, must be false if sampler.metropolis is set");
  }
  return absl::OkStatus();
}

absl::Status CheckAdaptation(const v1::SamplerSettings& settings) {
  if (settings.adaptation_steps() == 0) return absl::OkStatus();
  if (!settings.metropolis()) {
    return absl::InvalidArgumentError(absl::StrCat("sampler.adaptation_steps: ", settings.adaptation_steps(),
                                                   ", must be 0 if sampler.metropolis is not set"));
  }
  if (settings.adaptation_steps() <= settings.steps()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("sampler.adaptation_steps: ", settings.adaptation_steps(),
                                                 ", must be at most sampler.steps, ", settings.steps()));
}

absl::Status RefuseWithAnneal(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": set, must be unset if sampler.anneal is set"));
}

absl::Status CheckAnneal(const v1::SampleRequest& request, const v1::SamplerSettings& settings) {
  constexpr double kTolerance = 1e-4;  // of single precision in both settings
  if (!settings.anneal()) return absl::OkStatus();
  if (!settings.metropolis()) {
    return absl::InvalidArgumentError("sampler.metropolis: false, must be true if sampler.anneal is set");
  }
  if (const double temperature = TemperatureOf(settings); std::abs(temperature - 1) > kTolerance) {
    return absl::InvalidArgumentError(
        absl::StrCat("sampler.temperature: ", temperature, ", must be 1 if sampler.anneal is set"));
  }
  if (request.sampler().has_clamp()) return RefuseWithAnneal("sampler.clamp");
  if (settings.has_clamp()) {
    return absl::InvalidArgumentError(
        "sampler.no_clamp: false, must be true if sampler.anneal is set and the checkpoint has a clamp");
  }
  if (settings.adaptation_steps() > 0) return RefuseWithAnneal("sampler.adaptation_steps");
  if (request.has_held_coordinates()) return RefuseWithAnneal("held_coordinates");
  if (request.has_start_states()) return RefuseWithAnneal("start_states");
  if (request.include_diagnostics()) return RefuseWithAnneal("include_diagnostics");
  const v1::ChainStart start = request.sampler().start();
  if (start == v1::CHAIN_START_UNSPECIFIED || start == v1::CHAIN_START_BASE) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("sampler.start: ", v1::ChainStart_Name(start),
                                                 ", must be CHAIN_START_BASE if sampler.anneal is set"));
}

absl::Status CheckDiagnostics(const v1::SampleRequest& request, const v1::SamplerSettings& settings) {
  const uint32_t steps = settings.steps() - settings.adaptation_steps();
  if (!request.include_diagnostics() || steps >= batching::TraceWindow::kFewestSteps) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("include_diagnostics: set, must be unset if only ", steps,
                                                 " steps follow the adaptation; ", batching::TraceWindow::kFewestSteps,
                                                 " are needed"));
}

absl::Status CheckClamp(const v1::SamplerSettings& settings) {
  if (!settings.has_clamp()) return absl::OkStatus();
  const v1::Range& clamp = settings.clamp();
  if (settings.no_clamp()) {
    return absl::InvalidArgumentError("sampler.no_clamp: true, must be false if sampler.clamp is set");
  }
  if (!std::isfinite(clamp.lower()) || !std::isfinite(clamp.upper()) || clamp.lower() >= clamp.upper()) {
    return absl::InvalidArgumentError(absl::StrCat("sampler.clamp: lower ", clamp.lower(), ", upper ", clamp.upper(),
                                                   ", must be finite with lower below upper"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int32_t> ResolveClass(const v1::SampleRequest& request, int64_t num_classes) {
  if (!request.has_target_class()) return kNoClass;
  if (request.target_class() < 0 || request.target_class() >= num_classes) {
    return absl::InvalidArgumentError(
        absl::StrCat("target_class: ", request.target_class(), ", must be 0 to ", num_classes - 1));
  }
  return request.target_class();
}

// The request's own fields, where they are set, over the checkpoint's defaults.
v1::SamplerSettings Overlay(const v1::SamplerSettings& request, v1::SamplerSettings settings) {
  if (request.has_steps()) settings.set_steps(request.steps());
  if (request.has_step_size()) settings.set_step_size(request.step_size());
  if (request.has_noise_scale()) settings.set_noise_scale(request.noise_scale());
  if (request.has_temperature()) {
    settings.set_noise_scale(static_cast<float>(std::sqrt(2 * settings.step_size() * request.temperature())));
  }
  if (request.has_metropolis()) settings.set_metropolis(request.metropolis());
  settings.set_adaptation_steps(request.adaptation_steps());
  settings.set_anneal(request.anneal());
  if (settings.metropolis()) settings.set_final_noise_free_step(false);
  if (request.has_final_noise_free_step()) settings.set_final_noise_free_step(request.final_noise_free_step());
  if (request.start() != v1::CHAIN_START_UNSPECIFIED) settings.set_start(request.start());
  if (request.has_clamp()) *settings.mutable_clamp() = request.clamp();
  if (request.no_clamp()) settings.clear_clamp();
  settings.set_no_clamp(!settings.has_clamp());
  return settings;
}

absl::StatusOr<v1::ChainStart> ResolveStart(const v1::SampleRequest& request, v1::ChainStart default_start) {
  const v1::ChainStart start = request.sampler().start();
  if (!v1::ChainStart_IsValid(start)) {
    return absl::InvalidArgumentError(absl::StrCat("sampler.start: ", start, ", must be a ChainStart"));
  }
  if (start == v1::CHAIN_START_GIVEN && !request.has_start_states()) {
    return absl::InvalidArgumentError("start_states: unset, must be set if sampler.start is CHAIN_START_GIVEN");
  }
  const bool other_start = start != v1::CHAIN_START_UNSPECIFIED && start != v1::CHAIN_START_GIVEN;
  if (other_start && request.has_start_states()) {
    return absl::InvalidArgumentError(
        absl::StrCat("start_states: set, must be unset if sampler.start is ", v1::ChainStart_Name(start)));
  }
  if (request.has_start_states()) return v1::CHAIN_START_GIVEN;
  return other_start ? start : default_start;
}

// [chains, D] from the values of start_states, which has a row for each chain or one for all.
std::vector<float> ForEveryChain(const v1::SampleRequest& request, std::vector<float> states) {
  if (request.start_states().shape(0) == request.chains()) return states;
  std::vector<float> repeated;
  repeated.reserve(states.size() * request.chains());
  for (uint32_t i = 0; i < request.chains(); ++i) repeated.insert(repeated.end(), states.begin(), states.end());
  return repeated;
}

absl::StatusOr<std::vector<float>> GivenStart(const v1::SampleRequest& request, const ModelSpec& spec) {
  const v1::Tensor& tensor = request.start_states();
  EBM_ASSIGN_OR_RETURN(std::vector<float> states, DecodeRows(tensor, spec, request.chains(), "start_states"));
  if (tensor.shape(0) != 1 && tensor.shape(0) != request.chains()) {
    return absl::InvalidArgumentError(absl::StrCat("start_states.shape[0]: ", tensor.shape(0),
                                                   ", must be 1 or the number of chains, ", request.chains()));
  }
  return ForEveryChain(request, std::move(states));
}

absl::StatusOr<std::vector<float>> StartStates(const v1::SampleRequest& request, const catalog::ServedModel& model,
                                               const v1::SamplerSettings& settings, uint64_t seed,
                                               int32_t target_class) {
  switch (settings.start()) {
    case v1::CHAIN_START_GIVEN:
      return GivenStart(request, model.spec());
    case v1::CHAIN_START_BUFFER:
      return model.BufferStart(seed, request.chains(), target_class);
    case v1::CHAIN_START_BASE:
      return model.BaseStart(seed, request.chains(), target_class, settings.anneal());
    default:
      return model.UniformStart(seed, request.chains());
  }
}

// From 1 for held to 1 for free; empty where no mask is given.
absl::StatusOr<std::vector<uint8_t>> FreeCoordinates(const v1::SampleRequest& request, const ModelSpec& spec) {
  if (!request.has_held_coordinates()) return std::vector<uint8_t>();
  EBM_ASSIGN_OR_RETURN(std::vector<uint8_t> mask, DecodeMask(request.held_coordinates(), spec, "held_coordinates"));
  if (std::find(mask.begin(), mask.end(), 0) == mask.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("held_coordinates.data: all ", mask.size(), " are held, at least one must be free"));
  }
  for (uint8_t& value : mask) value = 1 - value;
  return mask;
}

absl::StatusOr<batching::Priority> ResolvePriority(v1::Priority priority) {
  switch (priority) {
    case v1::PRIORITY_LOW:
      return batching::Priority::kLow;
    case v1::PRIORITY_UNSPECIFIED:
    case v1::PRIORITY_NORMAL:
      return batching::Priority::kNormal;
    case v1::PRIORITY_HIGH:
      return batching::Priority::kHigh;
    default:
      return absl::InvalidArgumentError(absl::StrCat("priority: ", priority, ", must be a Priority"));
  }
}

batching::ChainSettings ToChainSettings(const v1::SamplerSettings& settings, uint64_t seed, int32_t target_class,
                                        const DataScaling& scaling) {
  batching::ChainSettings chain = {.seed = seed,
                                   .step_size = settings.step_size(),
                                   .noise_scale = settings.noise_scale(),
                                   .metropolis = settings.metropolis(),
                                   .adaptation_steps = settings.adaptation_steps(),
                                   .annealing_steps = settings.anneal() ? settings.steps() : 0,
                                   .target_class = target_class};
  if (settings.has_clamp()) {
    // A negative scale turns the interval round.
    std::tie(chain.clamp_lower, chain.clamp_upper) =
        std::minmax({scaling.ToScaled(settings.clamp().lower()), scaling.ToScaled(settings.clamp().upper())});
  }
  if (settings.final_noise_free_step()) chain.noise_free_step = settings.steps() - 1;
  return chain;
}

v1::ChainStart ToProto(ChainStart start) {
  switch (start) {
    case ChainStart::kBase:
      return v1::CHAIN_START_BASE;
    case ChainStart::kBuffer:
      return v1::CHAIN_START_BUFFER;
    case ChainStart::kUniform:
      break;
  }
  return v1::CHAIN_START_UNIFORM;
}

}  // namespace

double TemperatureOf(const v1::SamplerSettings& settings) {
  return ebm::TemperatureOf({.step_size = settings.step_size(), .noise_scale = settings.noise_scale()});
}

v1::SamplerSettings DescribeSamplerDefaults(const catalog::ServedModel& model) {
  const SamplerSettings& defaults = model.checkpoint().sampler;
  const Motion motion = MotionOf(defaults.kernel);
  const auto* const langevin = std::get_if<Langevin>(&defaults.kernel);
  v1::SamplerSettings settings;
  settings.set_steps(defaults.steps);
  settings.set_step_size(motion.step_size);
  settings.set_noise_scale(motion.noise_scale);
  settings.set_final_noise_free_step(langevin != nullptr && langevin->final_noise_free_step);
  settings.set_start(ToProto(defaults.start));
  settings.set_metropolis(std::holds_alternative<MetropolisLangevin>(defaults.kernel));
  settings.set_adaptation_steps(0);
  settings.set_anneal(false);
  settings.set_no_clamp(!defaults.clamp_lower && !defaults.clamp_upper);
  if (!settings.no_clamp()) {
    const DataScaling& scaling = model.spec().scaling;
    const auto [lower, upper] = std::minmax({scaling.ToData(defaults.clamp_lower.value_or(-kInfinity)),
                                             scaling.ToData(defaults.clamp_upper.value_or(kInfinity))});
    settings.mutable_clamp()->set_lower(lower);
    settings.mutable_clamp()->set_upper(upper);
  }
  return settings;
}

absl::StatusOr<ResolvedSample> ResolveSampleRequest(const v1::SampleRequest& request, const catalog::ServedModel& model,
                                                    const RequestLimits& limits, uint64_t default_seed) {
  const ModelSpec& spec = model.spec();
  const v1::SamplerSettings defaults = DescribeSamplerDefaults(model);
  ResolvedSample resolved = {.seed = request.has_seed() ? request.seed() : default_seed,
                             .settings = Overlay(request.sampler(), defaults),
                             .task = {}};
  EBM_RETURN_IF_ERROR(CheckSize(request, resolved.settings.steps(), limits));
  EBM_RETURN_IF_ERROR(CheckTemperature(request.sampler()));
  EBM_RETURN_IF_ERROR(CheckMotion(resolved.settings));
  EBM_RETURN_IF_ERROR(CheckMetropolis(resolved.settings));
  EBM_RETURN_IF_ERROR(CheckAdaptation(resolved.settings));
  EBM_RETURN_IF_ERROR(CheckAnneal(request, resolved.settings));
  EBM_RETURN_IF_ERROR(CheckDiagnostics(request, resolved.settings));
  EBM_RETURN_IF_ERROR(CheckClamp(request.sampler()));
  EBM_ASSIGN_OR_RETURN(const int32_t target_class, ResolveClass(request, spec.num_classes()));
  EBM_ASSIGN_OR_RETURN(const v1::ChainStart start,
                       ResolveStart(request, resolved.settings.anneal() ? v1::CHAIN_START_BASE : defaults.start()));
  resolved.settings.set_start(start);

  batching::SampleTask& task = resolved.task;
  task.settings = ToChainSettings(resolved.settings, resolved.seed, target_class, spec.scaling);
  EBM_ASSIGN_OR_RETURN(task.priority, ResolvePriority(request.priority()));
  EBM_ASSIGN_OR_RETURN(task.free_coordinates, FreeCoordinates(request, spec));
  EBM_ASSIGN_OR_RETURN(task.states, StartStates(request, model, resolved.settings, resolved.seed, target_class));
  resolved.held.free = task.free_coordinates;
  if (start == v1::CHAIN_START_GIVEN && !task.free_coordinates.empty()) {
    resolved.held.given = ForEveryChain(request, DataValues(request.start_states()));
  }
  task.chains = request.chains();
  task.steps = resolved.settings.steps();
  task.frame_interval = request.frame_interval();
  task.wants_traces = request.include_diagnostics();
  return resolved;
}

}  // namespace ebm::rpc

#include "server/rpc/sample_request.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/sampler/chain_batch.h"
#include "proto/convert/sampler.h"
#include "server/catalog/kernel_chains.h"
#include "server/catalog/model_chain_settings.h"
#include "server/rpc/tensors.h"

namespace ebm::rpc {
namespace {

absl::Status CheckWithin(absl::string_view field, uint64_t value, uint64_t limit) {
  if (value >= 1 && value <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, ", must be 1 to ", limit));
}

absl::Status CheckSize(const v1::SampleRequest& request, uint32_t steps, const RequestLimits& limits) {
  EBM_RETURN_IF_ERROR(CheckWithin("chains", request.chains(), limits.max_chains));
  const uint64_t after_last = uint64_t{request.first_chain()} + request.chains();
  if (after_last > uint64_t{1} << 32) {
    return absl::InvalidArgumentError(absl::StrCat("first_chain: ", request.first_chain(), ", must be at most ",
                                                   (uint64_t{1} << 32) - request.chains(), " for ", request.chains(),
                                                   " chains"));
  }
  if (request.first_step() > 0 && request.first_step() >= steps) {
    return absl::InvalidArgumentError(
        absl::StrCat("first_step: ", request.first_step(), ", must be below sampler.steps, ", steps));
  }
  const uint32_t remaining = steps - request.first_step();
  const char* const what = request.first_step() > 0 ? "sampler.steps - first_step" : "sampler.steps";
  EBM_RETURN_IF_ERROR(CheckWithin(what, remaining, limits.max_steps));
  const uint64_t chain_steps = uint64_t{request.chains()} * remaining;
  if (chain_steps > limits.max_chain_steps) {
    return absl::InvalidArgumentError(absl::StrCat("chains x (", what, "): ", request.chains(), " x ", remaining, " = ",
                                                   chain_steps, ", must be at most ", limits.max_chain_steps));
  }
  return absl::OkStatus();
}

absl::Status MustBeUnset(absl::string_view field, absl::string_view where) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": set, must be unset ", where));
}

absl::Status CheckWeighted(const v1::SampleRequest& request, const SamplerSettings& settings) {
  constexpr char kWhere[] = "for annealed chains";
  if (!IsWeighted(settings.kernel)) return absl::OkStatus();
  if (request.has_held_coordinates()) return MustBeUnset("held_coordinates", kWhere);
  if (request.has_start_states()) return MustBeUnset("start_states", kWhere);
  if (request.include_diagnostics()) return MustBeUnset("include_diagnostics", kWhere);
  return absl::OkStatus();
}

// Part of another request: some of its chains, or their last steps. The parts have one seed.
absl::Status CheckPart(const v1::SampleRequest& request, const SamplerSettings& settings) {
  if (request.first_step() == 0 && request.first_chain() == 0) return absl::OkStatus();
  if (!request.has_seed()) {
    return absl::InvalidArgumentError("seed: unset, must be set if first_chain or first_step is above 0");
  }
  if (request.first_step() == 0) return absl::OkStatus();
  EBM_RETURN_IF_ERROR(CheckContinuable(settings.kernel));
  if (request.has_start_states()) return absl::OkStatus();
  return absl::InvalidArgumentError("start_states: unset, must be set if first_step is above 0");
}

absl::Status CheckDiagnostics(const v1::SampleRequest& request, const SamplerSettings& settings) {
  if (!request.include_diagnostics()) return absl::OkStatus();
  const uint32_t steps = settings.steps - std::max(BurnInOf(settings.kernel), request.first_step());
  if (steps >= batching::TraceWindow::kFewestSteps) return absl::OkStatus();
  return MustBeUnset("include_diagnostics", absl::StrCat("if only ", steps, " steps can be traced; ",
                                                         batching::TraceWindow::kFewestSteps, " are needed"));
}

absl::Status CheckStart(const v1::SampleRequest& request, ChainStart start) {
  if (start == ChainStart::kGiven && !request.has_start_states()) {
    return absl::InvalidArgumentError("start_states: unset, must be set if sampler.start is CHAIN_START_GIVEN");
  }
  if (start == ChainStart::kGiven || !request.has_start_states()) return absl::OkStatus();
  return MustBeUnset("start_states", absl::StrCat("if sampler.start is ", NameOf(start)));
}

absl::StatusOr<int32_t> ResolveClass(const v1::SampleRequest& request, int64_t num_classes) {
  if (!request.has_target_class()) return kNoClass;
  if (request.target_class() < 0 || request.target_class() >= num_classes) {
    return absl::InvalidArgumentError(
        absl::StrCat("target_class: ", request.target_class(), ", must be 0 to ", num_classes - 1));
  }
  return request.target_class();
}

// The request's settings, over the defaults. Start states imply their start.
absl::StatusOr<SamplerSettings> ResolveSettings(const v1::SampleRequest& request, const SamplerSettings& defaults) {
  EBM_ASSIGN_OR_RETURN(SamplerSettings settings, WithDefaults(request.sampler(), defaults));
  const bool has_start = request.sampler().start() != v1::CHAIN_START_UNSPECIFIED || IsWeighted(settings.kernel);
  if (request.has_start_states() && !has_start) settings.start = ChainStart::kGiven;
  return settings;
}

absl::Status CheckSettings(const v1::SampleRequest& request, const SamplerSettings& settings) {
  EBM_RETURN_IF_ERROR(settings.Validate());
  EBM_RETURN_IF_ERROR(CheckPart(request, settings));
  EBM_RETURN_IF_ERROR(CheckWeighted(request, settings));
  EBM_RETURN_IF_ERROR(CheckStart(request, settings.start));
  return CheckDiagnostics(request, settings);
}

// Converts the clamp; a negative scale swaps its ends.
template <typename Convert>
SamplerSettings WithClamp(SamplerSettings settings, const DataScaling& scaling, Convert convert) {
  if (settings.clamp_lower) settings.clamp_lower = convert(*settings.clamp_lower);
  if (settings.clamp_upper) settings.clamp_upper = convert(*settings.clamp_upper);
  if (scaling.scale < 0) std::swap(settings.clamp_lower, settings.clamp_upper);
  return settings;
}

SamplerSettings InScaledUnits(const SamplerSettings& settings, const DataScaling& scaling) {
  return WithClamp(settings, scaling, [&scaling](float value) { return scaling.ToScaled(value); });
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
  const DataScaling scaling = request.state_units() == v1::STATE_UNITS_SCALED ? DataScaling() : spec.scaling;
  EBM_ASSIGN_OR_RETURN(std::vector<float> states, DecodeRows(tensor, spec, scaling, request.chains(), "start_states"));
  if (tensor.shape(0) != 1 && tensor.shape(0) != request.chains()) {
    return absl::InvalidArgumentError(absl::StrCat("start_states.shape[0]: ", tensor.shape(0),
                                                   ", must be 1 or the number of chains, ", request.chains()));
  }
  return ForEveryChain(request, std::move(states));
}

// Empty if the engine draws them.
absl::StatusOr<std::vector<float>> StartStates(const v1::SampleRequest& request, const catalog::ServedModel& model,
                                               const ChainSettings& first) {
  if (first.sampler.start == ChainStart::kGiven) return GivenStart(request, model.spec());
  EBM_RETURN_IF_ERROR(model.starts().Check(first));
  return std::vector<float>();
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

absl::StatusOr<v1::StateUnits> ResolveUnits(v1::StateUnits units) {
  if (!v1::StateUnits_IsValid(units)) {
    return absl::InvalidArgumentError(absl::StrCat("state_units: ", units, ", must be a StateUnits"));
  }
  return units == v1::STATE_UNITS_UNSPECIFIED ? v1::STATE_UNITS_DATA : units;
}

// The task, but for its chains' settings and states.
absl::StatusOr<batching::SampleTask> ReadTask(const v1::SampleRequest& request, const SamplerSettings& settings,
                                              const ModelSpec& spec) {
  batching::SampleTask task;
  EBM_ASSIGN_OR_RETURN(task.priority, ResolvePriority(request.priority()));
  EBM_ASSIGN_OR_RETURN(task.free_coordinates, FreeCoordinates(request, spec));
  task.chains = request.chains();
  task.first_step = request.first_step();
  task.steps = settings.steps;
  task.frame_interval = request.frame_interval();
  task.weighted = IsWeighted(settings.kernel);
  if (request.include_diagnostics()) task.traced_after = BurnInOf(settings.kernel);
  return task;
}

// Given states that are held must be returned as they are; in scaled units they are.
bool KeepsGiven(const ResolvedSample& sample) {
  return sample.settings.start == ChainStart::kGiven && !sample.held.free.empty() &&
         sample.units == v1::STATE_UNITS_DATA;
}

}  // namespace

SamplerSettings SamplerDefaults(const catalog::ServedModel& model) {
  const DataScaling& scaling = model.spec().scaling;
  return WithClamp(model.checkpoint().sampler, scaling, [&scaling](float value) { return scaling.ToData(value); });
}

absl::StatusOr<ResolvedSample> ResolveSampleRequest(const v1::SampleRequest& request, const catalog::ServedModel& model,
                                                    const RequestLimits& limits, uint64_t default_seed) {
  const ModelSpec& spec = model.spec();
  EBM_ASSIGN_OR_RETURN(const SamplerSettings settings, ResolveSettings(request, SamplerDefaults(model)));
  EBM_RETURN_IF_ERROR(CheckSize(request, settings.steps, limits));
  EBM_RETURN_IF_ERROR(CheckSettings(request, settings));
  EBM_RETURN_IF_ERROR(catalog::CheckKernel(settings.kernel, model.energy()));
  EBM_ASSIGN_OR_RETURN(const int32_t target_class, ResolveClass(request, spec.num_classes()));
  ResolvedSample resolved = {.seed = request.has_seed() ? request.seed() : default_seed,
                             .first_chain = request.first_chain(),
                             .settings = settings,
                             .task = {}};
  EBM_ASSIGN_OR_RETURN(resolved.units, ResolveUnits(request.state_units()));
  EBM_ASSIGN_OR_RETURN(resolved.task, ReadTask(request, settings, spec));
  const ChainSettings first = {.seed = resolved.seed,
                               .chain = request.first_chain(),
                               .target_class = target_class,
                               .sampler = InScaledUnits(settings, spec.scaling)};
  resolved.task.settings = std::make_shared<catalog::ModelChainSettings>(first);
  EBM_ASSIGN_OR_RETURN(resolved.task.states, StartStates(request, model, first));
  resolved.held.free = resolved.task.free_coordinates;
  if (KeepsGiven(resolved)) resolved.held.given = ForEveryChain(request, DataValues(request.start_states()));
  return resolved;
}

}  // namespace ebm::rpc

#include "server/rpc/oip/samples.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "model/core/status_macros.h"
#include "model/sampler/kernel_settings.h"
#include "server/rpc/oip/parameters.h"
#include "server/rpc/oip/sample_parameters.h"
#include "server/rpc/oip/target.h"

namespace ebm::rpc::oip {
namespace {

using inference::SamplePlan;
using inference::SampleReport;

std::optional<inference::TensorView> Optional(const inference::TensorView* tensor) {
  return tensor == nullptr ? std::nullopt : std::optional(*tensor);
}

wire::ModelInferResponse ResponseOf(const SampleResponseParts& parts, const inference::ModelInfo& model) {
  wire::ModelInferResponse response;
  response.set_model_name(ServedName(model.name, Task::kSamples));
  response.set_model_version(model.version);
  response.set_id(parts.id);
  return response;
}

bool Wants(const SampleResponseParts& parts, absl::string_view output) {
  return parts.outputs.empty() || std::ranges::find(parts.outputs, output) != parts.outputs.end();
}

void SetSettings(const SamplerSettings& settings, Parameters& parameters) {
  Set(parameters, "kernel", NameOf(settings.kernel));
  Set(parameters, "steps", settings.steps);
  Set(parameters, "start", NameOf(settings.start));
  const auto set = [&parameters](const char* name, auto value) {
    if constexpr (std::is_same_v<decltype(value), float>) {
      Set(parameters, name, double{value});
    } else {
      Set(parameters, name, value);
    }
  };
  std::visit([&set](const auto& kernel) { ForEachSetting(kernel, set); }, settings.kernel);
  if (settings.clamp_lower) Set(parameters, "clamp_lower", double{*settings.clamp_lower});
  if (settings.clamp_upper) Set(parameters, "clamp_upper", double{*settings.clamp_upper});
}

void SetIf(Parameters& parameters, const std::string& name, const std::optional<double>& value) {
  if (value.has_value()) Set(parameters, name, *value);
}

void SetDiagnostics(const inference::ChainDiagnostics& diagnostics, Parameters& parameters) {
  Set(parameters, "draws", diagnostics.draws);
  SetIf(parameters, "log_density_r_hat", diagnostics.log_density_r_hat);
  SetIf(parameters, "log_density_effective_sample_size", diagnostics.log_density_effective_sample_size);
  if (!diagnostics.largest_r_hat.has_value()) return;
  Set(parameters, "largest_r_hat", diagnostics.largest_r_hat->r_hat);
  Set(parameters, "largest_r_hat_coordinate", diagnostics.largest_r_hat->coordinate);
}

void SetWeights(const WeightSummary& weights, Parameters& parameters) {
  Set(parameters, "effective_sample_size", weights.effective_sample_size);
  Set(parameters, "log_z", weights.log_mean);
  Set(parameters, "log_z_standard_error", weights.standard_error);
}

}  // namespace

absl::StatusOr<inference::SampleRequest> ToSampleRequest(const wire::ModelInferRequest& request, const Inputs& inputs,
                                                         const inference::ModelInfo& model) {
  EBM_ASSIGN_OR_RETURN(inference::SampleRequest plain, ReadSampleParameters(request.parameters(), model));
  plain.start_states = Optional(inputs.Find(kStartStates));
  plain.held_coordinates = Optional(inputs.Find(kHeldCoordinates));
  const bool has_start = request.parameters().contains("start") || IsWeighted(plain.sampler.kernel);
  if (plain.start_states.has_value() && !has_start) plain.sampler.start = ChainStart::kGiven;
  return plain;
}

absl::StatusOr<SampleResponseParts> ReadResponseParts(const wire::ModelInferRequest& request) {
  SampleResponseParts parts = {.id = request.id(), .outputs = {}};
  for (const auto& output : request.outputs()) {
    if (std::ranges::find(kSampleOutputs, absl::string_view(output.name())) == std::ranges::end(kSampleOutputs)) {
      return absl::InvalidArgumentError(absl::StrCat("outputs: there is no output ", Quoted(output.name()),
                                                     "; samples have ", absl::StrJoin(kSampleOutputs, ", ")));
    }
    EBM_RETURN_IF_ERROR(CheckNoParameters(output));
    if (std::ranges::find(parts.outputs, output.name()) != parts.outputs.end()) return RequestedTwice(output.name());
    parts.outputs.push_back(output.name());
  }
  return parts;
}

wire::ModelInferResponse ToResponse(const batching::Frame& frame, const SampleResponseParts& parts,
                                    const SamplePlan& plan, const inference::ModelInfo& model) {
  wire::ModelInferResponse response = ResponseOf(parts, model);
  const auto n = static_cast<int64_t>(frame.chains.size());
  if (Wants(parts, kStates)) {
    std::string states;
    inference::AppendStates(plan, model.spec, frame, states);
    AddOutput({.name = kStates, .datatype = "FP32", .shape = {n, inference::WidthOfStates(plan, model.spec)}},
              std::move(states), response);
  }
  if (Wants(parts, kChains)) {
    std::vector<uint32_t> chains = frame.chains;
    for (uint32_t& chain : chains) chain += plan.first_chain;
    AddOutput({.name = kChains, .datatype = "UINT32", .shape = {n}}, BytesOf(chains), response);
  }
  if (Wants(parts, kLogDensity)) {
    AddOutput({.name = kLogDensity, .datatype = "FP32", .shape = {n}}, BytesOf(frame.log_density), response);
  }
  if (Wants(parts, kLogWeight) && !frame.log_weights.empty()) {
    AddOutput({.name = kLogWeight, .datatype = "FP64", .shape = {n}}, BytesOf(frame.log_weights), response);
  }
  Parameters& parameters = *response.mutable_parameters();
  Set(parameters, "step", frame.step);
  Set(parameters, "final", frame.final_states);
  Set(parameters, kFinalResponse, false);
  return response;
}

wire::ModelInferResponse ToResponse(const SampleReport& report, const SampleResponseParts& parts,
                                    const SamplePlan& plan, const inference::ModelInfo& model) {
  wire::ModelInferResponse response = ResponseOf(parts, model);
  Parameters& parameters = *response.mutable_parameters();
  Set(parameters, kFinalResponse, true);
  Set(parameters, "seed", plan.seed);
  SetSettings(plan.settings, parameters);
  Set(parameters, "temperature", TemperatureOf(plan.settings.kernel));
  Set(parameters, "chains_finished", report.chains_finished);
  Set(parameters, "chain_steps", report.chain_steps);
  const auto chain_and_step = [](std::string* out, const batching::DivergedChain& diverged) {
    absl::StrAppend(out, diverged.chain, ":", diverged.step);
  };
  Set(parameters, "diverged_chains", absl::string_view(absl::StrJoin(report.diverged, ",", chain_and_step)));
  SetIf(parameters, "acceptance_rate", report.acceptance_rate);
  SetIf(parameters, "adapted_step_size", report.adapted_step_size);
  if (report.weights) SetWeights(*report.weights, parameters);
  if (report.diagnostics) SetDiagnostics(*report.diagnostics, parameters);
  Set(parameters, "queue_seconds", absl::ToDoubleSeconds(report.queue_wait));
  Set(parameters, "total_seconds", absl::ToDoubleSeconds(report.total));
  return response;
}

}  // namespace ebm::rpc::oip

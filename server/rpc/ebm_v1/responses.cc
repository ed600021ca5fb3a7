#include "server/rpc/ebm_v1/responses.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/convert/column.h"
#include "proto/convert/sampler.h"
#include "server/rpc/ebm_v1/tensors.h"

namespace ebm::rpc::ebm_v1 {
namespace {

v1::ModelIdentity IdentityOf(const inference::ModelInfo& model) {
  v1::ModelIdentity identity;
  identity.set_name(model.name);
  identity.set_version(model.version);
  return identity;
}

void AddProvenance(const Provenance& provenance, v1::Model& model) {
  auto& out = *model.mutable_provenance();
  for (const auto& [name, value] : provenance.settings) out[name] = value;
  out["recipe"] = provenance.recipe;
  out["seed"] = absl::StrCat(provenance.seed);
  out["epochs_run"] = absl::StrCat(provenance.epochs_run);
  out["best_epoch"] = absl::StrCat(provenance.best_epoch);
  out["wall_seconds"] = absl::StrCat(provenance.wall_seconds);
  out["data_name"] = provenance.data_name;
  out["data_sha256"] = provenance.data_sha256;
  out["code_version"] = provenance.code_version;
  out["created"] = provenance.created;
}

void AddCapabilities(const inference::ModelInfo& model, v1::Model& out) {
  const bool has_classes = model.spec.num_classes() > 1;
  if (has_classes) out.add_capabilities(v1::CAPABILITY_CLASSIFY);
  out.add_capabilities(v1::CAPABILITY_SCORE);
  if (model.has_gradient) out.add_capabilities(v1::CAPABILITY_GRADIENT_NORM);
  if (model.has_block_conditionals) out.add_capabilities(v1::CAPABILITY_GIBBS);
  if (model.has_levels) out.add_capabilities(v1::CAPABILITY_LEVELS);
  if (model.hidden_units > 0) {
    out.add_capabilities(v1::CAPABILITY_HIDDEN_MEANS);
    out.set_hidden_units(static_cast<uint32_t>(model.hidden_units));
  }
  if (model.has_percentiles()) out.add_capabilities(v1::CAPABILITY_PERCENTILE);
  if (model.calibration.has_value()) {
    if (has_classes) out.add_capabilities(v1::CAPABILITY_CALIBRATED_PROBABILITIES);
    out.add_capabilities(v1::CAPABILITY_P_VALUE);
    out.set_calibration_rows(static_cast<uint32_t>(model.calibration_scores.size()));
  }
  if (model.partition.has_value()) out.add_capabilities(v1::CAPABILITY_NORMALIZED_LOG_DENSITY);
  out.add_capabilities(v1::CAPABILITY_SAMPLE);
  if (model.has_start_states) out.add_capabilities(v1::CAPABILITY_BUFFER_START);
  if (model.has_base_start) out.add_capabilities(v1::CAPABILITY_BASE_START);
  if (model.accepts_missing_values()) out.add_capabilities(v1::CAPABILITY_MISSING_VALUES);
}

void Append(const std::vector<float>& values, google::protobuf::RepeatedField<float>* out) {
  out->Add(values.begin(), values.end());
}

v1::ChainDiagnostics ToProto(const inference::ChainDiagnostics& diagnostics) {
  v1::ChainDiagnostics message;
  message.set_first_step(diagnostics.first_step);
  message.set_step_interval(diagnostics.step_interval);
  message.set_draws(diagnostics.draws);
  if (const auto& r_hat = diagnostics.log_density_r_hat) message.set_log_density_r_hat(*r_hat);
  if (const auto& size = diagnostics.log_density_effective_sample_size) {
    message.set_log_density_effective_sample_size(*size);
  }
  if (const auto& largest = diagnostics.largest_r_hat) {
    message.set_largest_r_hat(largest->r_hat);
    message.set_largest_r_hat_coordinate(largest->coordinate);
  }
  return message;
}

v1::AnnealingSummary ToProto(const WeightSummary& weights) {
  v1::AnnealingSummary message;
  message.set_effective_sample_size(weights.effective_sample_size);
  message.set_log_z(weights.log_mean);
  message.set_log_z_standard_error(weights.standard_error);
  return message;
}

v1::ModelState ToProto(catalog::VersionState state) {
  switch (state) {
    case catalog::VersionState::kAvailable:
      return v1::MODEL_STATE_AVAILABLE;
    case catalog::VersionState::kLoading:
      return v1::MODEL_STATE_LOADING;
    case catalog::VersionState::kReady:
      return v1::MODEL_STATE_READY;
    case catalog::VersionState::kUnloading:
      return v1::MODEL_STATE_UNLOADING;
    case catalog::VersionState::kFailed:
      return v1::MODEL_STATE_FAILED;
  }
  return v1::MODEL_STATE_UNSPECIFIED;
}

}  // namespace

v1::ModelVersion ToProto(const catalog::VersionStatus& version) {
  v1::ModelVersion message;
  message.set_name(version.name);
  message.set_version(version.version);
  message.set_state(ToProto(version.state));
  message.set_reason(version.reason);
  message.mutable_labels()->Add(version.labels.begin(), version.labels.end());
  return message;
}

v1::Model DescribeModel(const inference::ModelInfo& model) {
  const ModelSpec& spec = model.spec;
  v1::Model description;
  *description.mutable_identity() = IdentityOf(model);
  description.set_family(spec.family());
  description.mutable_input_shape()->Add(spec.input_shape.begin(), spec.input_shape.end());
  for (const std::string& label : spec.class_labels) description.add_class_labels(label);
  SetColumns(spec.columns, spec.data_range(), description);
  description.set_dimension(static_cast<uint32_t>(spec.dimension()));
  *description.mutable_sampler_defaults() = ebm::ToProto(inference::SamplerDefaults(model));
  AddProvenance(model.provenance, description);
  for (const auto& [name, value] : model.evaluation) (*description.mutable_evaluation())[name] = value;
  AddCapabilities(model, description);
  description.set_precision(model.precision == Precision::kF32 ? v1::PRECISION_F32 : v1::PRECISION_BF16);
  return description;
}

v1::ClassifyResponse ToProto(const inference::Classification& answer, const inference::ModelInfo& model) {
  v1::ClassifyResponse response;
  *response.mutable_model() = IdentityOf(model);
  *response.mutable_probabilities() = EncodeFloats(answer.probabilities, model.spec.num_classes());
  response.mutable_classes()->Add(answer.classes.begin(), answer.classes.end());
  for (const std::string& label : model.spec.class_labels) response.add_class_labels(label);
  return response;
}

v1::ScoreResponse ToProto(const inference::Scores& answer, const inference::ModelInfo& model) {
  v1::ScoreResponse response;
  *response.mutable_model() = IdentityOf(model);
  Append(answer.log_densities, response.mutable_log_densities());
  if (!answer.joint_log_densities.empty()) {
    *response.mutable_joint_log_densities() = EncodeFloats(answer.joint_log_densities, model.spec.num_classes());
  }
  Append(answer.max_softmaxes, response.mutable_max_softmaxes());
  Append(answer.gradient_norms, response.mutable_gradient_norms());
  Append(answer.percentiles, response.mutable_percentiles());
  Append(answer.outlier_scores, response.mutable_outlier_scores());
  Append(answer.p_values, response.mutable_p_values());
  Append(answer.normalized_log_densities, response.mutable_normalized_log_densities());
  Append(answer.bits_per_dimension, response.mutable_bits_per_dimension());
  if (const auto& error = answer.log_z_standard_error) response.set_log_z_standard_error(*error);
  if (!answer.hidden_means.empty()) {
    *response.mutable_hidden_means() = EncodeFloats(answer.hidden_means, model.hidden_units);
  }
  if (!answer.explanation.rises.empty()) {
    *response.mutable_column_rises() = EncodeFloats(answer.explanation.rises, model.spec.num_values());
    *response.mutable_best_values() = EncodeFloats(answer.explanation.best_values, model.spec.num_values());
  }
  return response;
}

v1::SampleFrame ToProto(const batching::Frame& frame, const inference::SamplePlan& plan,
                        const inference::ModelInfo& model) {
  v1::SampleFrame message;
  message.set_step(frame.step);
  for (const uint32_t chain : frame.chains) message.add_chains(plan.first_chain + chain);
  *message.mutable_states() =
      TensorOf(plan.type == inference::StateType::kByte ? v1::DATA_TYPE_UINT8 : v1::DATA_TYPE_FLOAT32,
               static_cast<int64_t>(frame.chains.size()), inference::WidthOfStates(plan, model.spec));
  inference::AppendStates(plan, model.spec, frame, *message.mutable_states()->mutable_data());
  Append(frame.log_density, message.mutable_log_densities());
  message.set_final(frame.final_states);
  message.mutable_log_weights()->Add(frame.log_weights.begin(), frame.log_weights.end());
  return message;
}

v1::SampleSummary ToProto(const inference::SampleReport& report, const inference::SamplePlan& plan,
                          const inference::ModelInfo& model) {
  v1::SampleSummary message;
  *message.mutable_model() = IdentityOf(model);
  message.set_seed(plan.seed);
  *message.mutable_sampler() = ebm::ToProto(plan.settings);
  message.set_temperature(TemperatureOf(plan.settings.kernel));
  message.set_chains_finished(report.chains_finished);
  for (const batching::DivergedChain& diverged : report.diverged) {
    v1::DivergedChain* entry = message.add_diverged_chains();
    entry->set_chain(diverged.chain);
    entry->set_step(diverged.step);
  }
  message.set_chain_steps(report.chain_steps);
  if (report.acceptance_rate) message.set_acceptance_rate(*report.acceptance_rate);
  if (report.adapted_step_size) message.set_adapted_step_size(*report.adapted_step_size);
  if (report.weights) *message.mutable_annealing() = ToProto(*report.weights);
  if (report.diagnostics) *message.mutable_diagnostics() = ToProto(*report.diagnostics);
  message.set_queue_seconds(absl::ToDoubleSeconds(report.queue_wait));
  message.set_total_seconds(absl::ToDoubleSeconds(report.total));
  return message;
}

}  // namespace ebm::rpc::ebm_v1

#include "client/wire.h"

#include <bit>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "proto/convert/column.h"
#include "proto/convert/sampler.h"

namespace ebm::client {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied byte by byte into little-endian fields");

absl::Status Malformed(absl::string_view field, const auto& value, const auto& expected) {
  return absl::InternalError(
      absl::StrCat("the server's answer is malformed: ", field, " is ", value, ", expected ", expected));
}

v1::Tensor HeldTensor(const std::vector<uint8_t>& held) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_UINT8);
  tensor.add_shape(static_cast<int64_t>(held.size()));
  tensor.set_data(held.data(), held.size());
  return tensor;
}

// Unset for a kernel or a start that only a newer server knows: every answer sets its kernel, so one that is not set
// here is of an unknown kind.
std::optional<SamplerSettings> FromProto(const v1::SamplerSettings& proto) {
  if (proto.kernel_case() == v1::SamplerSettings::KERNEL_NOT_SET) return std::nullopt;
  absl::StatusOr<SamplerSettings> settings = WithDefaults(proto, {});
  if (!settings.ok()) return std::nullopt;
  return *std::move(settings);
}

v1::StateUnits ToProto(StateUnits units) {
  return units == StateUnits::kScaled ? v1::STATE_UNITS_SCALED : v1::STATE_UNITS_DATA;
}

ModelIdentity FromProto(const v1::ModelIdentity& identity) { return {identity.name(), identity.version()}; }

ChainDiagnostics FromProto(const v1::ChainDiagnostics& proto) {
  ChainDiagnostics diagnostics{
      .first_step = proto.first_step(), .step_interval = proto.step_interval(), .draws = proto.draws()};
  if (proto.has_log_density_r_hat()) diagnostics.log_density_r_hat = proto.log_density_r_hat();
  if (proto.has_log_density_effective_sample_size()) {
    diagnostics.log_density_effective_sample_size = proto.log_density_effective_sample_size();
  }
  if (proto.has_largest_r_hat()) diagnostics.largest_r_hat = proto.largest_r_hat();
  if (proto.has_largest_r_hat_coordinate()) {
    diagnostics.largest_r_hat_coordinate = proto.largest_r_hat_coordinate();
  }
  return diagnostics;
}

// Checks a field that has one number per row.
absl::StatusOr<std::vector<float>> Column(absl::string_view field, const auto& values, int64_t rows) {
  if (values.size() != rows) return Malformed(absl::StrCat("length of ", field), values.size(), rows);
  return std::vector<float>(values.begin(), values.end());
}

// The index of a chain, counted from the request's first one.
absl::StatusOr<uint32_t> Chain(uint32_t chain, const SampleRequest& request) {
  const uint32_t first = request.first_chain;
  if (chain >= first && chain - first < request.chains) return chain - first;
  return Malformed("an entry of chains", chain, absl::StrCat(first, " to ", first + request.chains - 1));
}

absl::StatusOr<std::vector<uint32_t>> Chains(const auto& field, const SampleRequest& request) {
  std::vector<uint32_t> chains;
  chains.reserve(field.size());
  for (const uint32_t index : field) {
    EBM_ASSIGN_OR_RETURN(const uint32_t chain, Chain(index, request));
    chains.push_back(chain);
  }
  return chains;
}

absl::Status CheckClasses(const v1::ClassifyResponse& response, int64_t rows) {
  if (response.classes_size() != rows) return Malformed("length of classes", response.classes_size(), rows);
  for (const int32_t y : response.classes()) {
    if (y < 0 || y >= response.class_labels_size()) {
      return Malformed("an entry of classes", y, absl::StrCat("0 to ", response.class_labels_size() - 1));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckInputShape(const v1::Model& model) {
  constexpr int64_t kMaxDimension = int64_t{1} << 31;
  int64_t dimension = 1;
  for (const int64_t size : model.input_shape()) {
    if (size < 1 || size > kMaxDimension / dimension) return Malformed("an entry of input_shape", size, "1 or more");
    dimension *= size;
  }
  if (model.input_shape().empty()) return Malformed("input_shape", "empty", "a shape");
  return absl::OkStatus();
}

// A newer server may send capabilities that this client does not know.
constexpr std::pair<v1::Capability, bool ModelDescription::*> kCapabilities[] = {
    {v1::CAPABILITY_CLASSIFY, &ModelDescription::can_classify},
    {v1::CAPABILITY_SCORE, &ModelDescription::can_score},
    {v1::CAPABILITY_PERCENTILE, &ModelDescription::has_percentile},
    {v1::CAPABILITY_SAMPLE, &ModelDescription::can_sample},
    {v1::CAPABILITY_BUFFER_START, &ModelDescription::has_buffer_start},
    {v1::CAPABILITY_BASE_START, &ModelDescription::has_base_start},
    {v1::CAPABILITY_CALIBRATED_PROBABILITIES, &ModelDescription::has_calibrated_probabilities},
    {v1::CAPABILITY_P_VALUE, &ModelDescription::has_p_value},
    {v1::CAPABILITY_NORMALIZED_LOG_DENSITY, &ModelDescription::has_normalized_log_density},
    {v1::CAPABILITY_MISSING_VALUES, &ModelDescription::accepts_missing_values},
    {v1::CAPABILITY_GRADIENT_NORM, &ModelDescription::has_gradient_norm},
    {v1::CAPABILITY_GIBBS, &ModelDescription::has_gibbs},
    {v1::CAPABILITY_LEVELS, &ModelDescription::has_levels},
    {v1::CAPABILITY_HIDDEN_MEANS, &ModelDescription::has_hidden_means},
};

void AddCapability(int capability, ModelDescription& model) {
  for (const auto& [known, member] : kCapabilities) {
    if (known == capability) model.*member = true;
  }
}

ModelState FromProto(v1::ModelState state) {
  switch (state) {
    case v1::MODEL_STATE_LOADING:
      return ModelState::kLoading;
    case v1::MODEL_STATE_READY:
      return ModelState::kReady;
    case v1::MODEL_STATE_UNLOADING:
      return ModelState::kUnloading;
    case v1::MODEL_STATE_FAILED:
      return ModelState::kFailed;
    case v1::MODEL_STATE_AVAILABLE:
      return ModelState::kAvailable;
    default:
      return ModelState::kUnknown;  // a newer server may send states that this client does not know
  }
}

v1::Priority ToProto(Priority priority) {
  switch (priority) {
    case Priority::kLow:
      return v1::PRIORITY_LOW;
    case Priority::kNormal:
      return v1::PRIORITY_NORMAL;
    case Priority::kHigh:
      return v1::PRIORITY_HIGH;
  }
  return v1::PRIORITY_NORMAL;
}

}  // namespace

v1::ModelSelector ToProto(const ModelSelector& model) {
  v1::ModelSelector proto;
  proto.set_name(model.name);
  proto.set_version(model.version);
  proto.set_label(model.label);
  return proto;
}

v1::Tensor ToProto(ConstMatrix values) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
  tensor.add_shape(values.rows());
  tensor.add_shape(values.cols());
  tensor.set_data(values.data(), values.values().size_bytes());
  return tensor;
}

v1::ClassifyRequest ToClassifyRequest(const ModelSelector& model, ConstMatrix inputs, bool calibrated) {
  v1::ClassifyRequest request;
  *request.mutable_model() = ToProto(model);
  *request.mutable_inputs() = ToProto(inputs);
  request.set_calibrated(calibrated);
  return request;
}

v1::ScoreRequest ToScoreRequest(const ModelSelector& model, ConstMatrix inputs, const ScoreExtras& extras) {
  v1::ScoreRequest request;
  *request.mutable_model() = ToProto(model);
  *request.mutable_inputs() = ToProto(inputs);
  request.set_include_joint_log_densities(extras.joint_log_densities);
  request.set_include_max_softmax(extras.max_softmax);
  request.set_include_gradient_norm(extras.gradient_norm);
  request.set_include_percentile(extras.percentile);
  request.set_include_p_value(extras.p_value);
  request.set_include_normalized_log_density(extras.normalized_log_density);
  request.set_include_explanation(extras.explanation);
  request.set_include_hidden_means(extras.hidden_means);
  return request;
}

v1::SampleRequest ToProto(const SampleRequest& request) {
  v1::SampleRequest proto;
  *proto.mutable_model() = ToProto(request.model);
  proto.set_chains(request.chains);
  if (request.seed) proto.set_seed(*request.seed);
  if (request.target_class) proto.set_target_class(*request.target_class);
  if (request.sampler) *proto.mutable_sampler() = ToProto(*request.sampler);
  if (request.start_states.rows() > 0) *proto.mutable_start_states() = ToProto(request.start_states.view());
  if (!request.held_coordinates.empty()) *proto.mutable_held_coordinates() = HeldTensor(request.held_coordinates);
  proto.set_frame_interval(request.frame_interval);
  proto.set_priority(ToProto(request.priority));
  proto.set_include_diagnostics(request.diagnostics);
  proto.set_first_chain(request.first_chain);
  proto.set_first_step(request.first_step);
  proto.set_state_units(ToProto(request.state_units));
  return proto;
}

absl::StatusOr<MatrixBuffer> FromProto(absl::string_view field, const v1::Tensor& tensor, int64_t rows) {
  if (tensor.data_type() != v1::DATA_TYPE_FLOAT32) {
    return Malformed(absl::StrCat(field, ".data_type"), static_cast<int>(tensor.data_type()), "FLOAT32");
  }
  if (tensor.shape_size() != 2) return Malformed(absl::StrCat("rank of ", field), tensor.shape_size(), 2);
  if (tensor.shape(0) != rows) return Malformed(absl::StrCat(field, ".shape[0]"), tensor.shape(0), rows);
  const auto count = static_cast<int64_t>(tensor.data().size() / sizeof(float));
  const int64_t columns = rows > 0 ? count / rows : 0;
  if (tensor.shape(1) != columns || tensor.data().size() != static_cast<size_t>(rows * columns) * sizeof(float)) {
    return Malformed(absl::StrCat("size of ", field), absl::StrCat(tensor.data().size(), " bytes"),
                     absl::StrCat(rows, " x ", tensor.shape(1), " float32"));
  }
  std::vector<float> values(static_cast<size_t>(count));
  std::memcpy(values.data(), tensor.data().data(), tensor.data().size());
  return MatrixBuffer(std::move(values), rows, columns);
}

absl::StatusOr<ClassifyAnswer> FromProto(const v1::ClassifyResponse& response, int64_t rows) {
  EBM_RETURN_IF_ERROR(CheckClasses(response, rows));
  EBM_ASSIGN_OR_RETURN(MatrixBuffer probabilities, FromProto("probabilities", response.probabilities(), rows));
  if (probabilities.cols() != response.class_labels_size()) {
    return Malformed("length of class_labels", response.class_labels_size(), probabilities.cols());
  }
  return ClassifyAnswer{.model = FromProto(response.model()),
                        .probabilities = std::move(probabilities),
                        .classes = {response.classes().begin(), response.classes().end()},
                        .class_labels = {response.class_labels().begin(), response.class_labels().end()}};
}

namespace {

// A tensor that has a number for each value of the inputs.
absl::StatusOr<MatrixBuffer> Like(absl::string_view field, const v1::Tensor& tensor, ConstMatrix inputs) {
  EBM_ASSIGN_OR_RETURN(MatrixBuffer values, client::FromProto(field, tensor, inputs.rows()));
  if (values.cols() != inputs.cols()) return Malformed(absl::StrCat(field, ".shape[1]"), values.cols(), inputs.cols());
  return values;
}

}  // namespace

absl::StatusOr<ScoreAnswer> FromProto(const v1::ScoreResponse& response, ConstMatrix inputs,
                                      const ScoreExtras& extras) {
  const int64_t rows = inputs.rows();
  ScoreAnswer answer;
  answer.model = FromProto(response.model());
  EBM_ASSIGN_OR_RETURN(answer.log_densities, Column("log_densities", response.log_densities(), rows));
  if (extras.joint_log_densities) {
    EBM_ASSIGN_OR_RETURN(answer.joint_log_densities,
                         FromProto("joint_log_densities", response.joint_log_densities(), rows));
  }
  if (extras.max_softmax) {
    EBM_ASSIGN_OR_RETURN(answer.max_softmaxes, Column("max_softmaxes", response.max_softmaxes(), rows));
  }
  if (extras.gradient_norm) {
    EBM_ASSIGN_OR_RETURN(answer.gradient_norms, Column("gradient_norms", response.gradient_norms(), rows));
  }
  if (extras.percentile) {
    EBM_ASSIGN_OR_RETURN(answer.percentiles, Column("percentiles", response.percentiles(), rows));
  }
  if (extras.p_value) {
    EBM_ASSIGN_OR_RETURN(answer.outlier_scores, Column("outlier_scores", response.outlier_scores(), rows));
    EBM_ASSIGN_OR_RETURN(answer.p_values, Column("p_values", response.p_values(), rows));
  }
  if (extras.normalized_log_density) {
    EBM_ASSIGN_OR_RETURN(answer.normalized_log_densities,
                         Column("normalized_log_densities", response.normalized_log_densities(), rows));
    EBM_ASSIGN_OR_RETURN(answer.bits_per_dimension, Column("bits_per_dimension", response.bits_per_dimension(), rows));
    answer.log_z_standard_error = response.log_z_standard_error();
  }
  if (extras.hidden_means) {
    EBM_ASSIGN_OR_RETURN(answer.hidden_means, FromProto("hidden_means", response.hidden_means(), rows));
  }
  if (extras.explanation) {
    EBM_ASSIGN_OR_RETURN(answer.column_rises, Like("column_rises", response.column_rises(), inputs));
    EBM_ASSIGN_OR_RETURN(answer.best_values, Like("best_values", response.best_values(), inputs));
  }
  return answer;
}

absl::StatusOr<SampleFrame> FromProto(const v1::SampleFrame& frame, const SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(std::vector<uint32_t> chains, Chains(frame.chains(), request));
  const int64_t rows = frame.chains_size();
  EBM_ASSIGN_OR_RETURN(MatrixBuffer states, FromProto("states", frame.states(), rows));
  EBM_ASSIGN_OR_RETURN(std::vector<float> log_densities, Column("log_densities", frame.log_densities(), rows));
  if (frame.log_weights_size() != 0 && frame.log_weights_size() != rows) {
    return Malformed("length of log_weights", frame.log_weights_size(), rows);
  }
  return SampleFrame{.step = frame.step(),
                     .chains = std::move(chains),
                     .states = std::move(states),
                     .log_densities = std::move(log_densities),
                     .final = frame.final(),
                     .log_weights = {frame.log_weights().begin(), frame.log_weights().end()}};
}

absl::StatusOr<SampleSummary> FromProto(const v1::SampleSummary& summary, const SampleRequest& request) {
  SampleSummary plain{.model = FromProto(summary.model()),
                      .seed = summary.seed(),
                      .sampler = FromProto(summary.sampler()),
                      .temperature = summary.temperature(),
                      .chains_finished = summary.chains_finished(),
                      .diverged_chains = {},
                      .chain_steps = summary.chain_steps(),
                      .acceptance_rate = {},
                      .adapted_step_size = {},
                      .diagnostics = {},
                      .annealing = {},
                      .queue_seconds = summary.queue_seconds(),
                      .total_seconds = summary.total_seconds()};
  if (summary.has_acceptance_rate()) plain.acceptance_rate = summary.acceptance_rate();
  if (summary.has_adapted_step_size()) plain.adapted_step_size = summary.adapted_step_size();
  if (summary.has_annealing()) {
    plain.annealing = {.effective_sample_size = summary.annealing().effective_sample_size(),
                       .log_z = summary.annealing().log_z(),
                       .log_z_standard_error = summary.annealing().log_z_standard_error()};
  }
  if (summary.has_diagnostics()) plain.diagnostics = FromProto(summary.diagnostics());
  for (const v1::DivergedChain& diverged : summary.diverged_chains()) {
    EBM_ASSIGN_OR_RETURN(const uint32_t chain, Chain(diverged.chain(), request));
    plain.diverged_chains.push_back({.chain = chain, .step = diverged.step()});
  }
  return plain;
}

absl::StatusOr<ModelDescription> FromProto(const v1::Model& model) {
  EBM_RETURN_IF_ERROR(CheckInputShape(model));
  ModelDescription plain{.identity = FromProto(model.identity()),
                         .family = model.family(),
                         .precision = model.precision() == v1::PRECISION_BF16 ? "bf16" : "f32",
                         .input_shape = {model.input_shape().begin(), model.input_shape().end()},
                         .class_labels = {model.class_labels().begin(), model.class_labels().end()},
                         .data_range = RangeOf(model),
                         .sampler_defaults = FromProto(model.sampler_defaults()),
                         .provenance = {model.provenance().begin(), model.provenance().end()},
                         .evaluation = {model.evaluation().begin(), model.evaluation().end()}};
  EBM_ASSIGN_OR_RETURN(plain.columns, ColumnsOf(model));
  for (const int capability : model.capabilities()) AddCapability(capability, plain);
  plain.calibration_rows = model.calibration_rows();
  plain.hidden_units = model.hidden_units();
  return plain;
}

ModelVersion FromProto(const v1::ModelVersion& version) {
  return {.identity = {version.name(), version.version()},
          .state = FromProto(version.state()),
          .reason = version.reason(),
          .labels = {version.labels().begin(), version.labels().end()}};
}

absl::StatusOr<ModelReport> FromProto(const v1::GetModelResponse& response) {
  ModelReport report;
  if (response.has_model()) {
    EBM_ASSIGN_OR_RETURN(report.model, FromProto(response.model()));
  }
  for (const v1::ModelVersion& version : response.versions()) report.versions.push_back(FromProto(version));
  return report;
}

}  // namespace ebm::client

#include "server/rpc/answers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "model/scoring/conformal.h"
#include "model/scoring/outlier_score.h"
#include "model/scoring/partition_estimate.h"
#include "model/scoring/percentile.h"
#include "proto/convert/sampler.h"
#include "server/rpc/sample_request.h"
#include "server/rpc/tensors.h"

namespace ebm::rpc {
namespace {

void SoftmaxRow(std::span<const float> logits, double temperature, std::span<float> probabilities) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp((logit - largest) / temperature);
  for (size_t y = 0; y < logits.size(); ++y) {
    probabilities[y] = static_cast<float>(std::exp((logits[y] - largest) / temperature) / sum);
  }
}

// Calls visit(row) for each row of [n, columns].
template <typename Visit>
void ForEachRow(std::span<const float> values, int64_t columns, Visit visit) {
  const auto width = static_cast<size_t>(columns);
  for (size_t first = 0; first < values.size(); first += width) visit(values.subspan(first, width));
}

void DescribeProvenance(const Provenance& provenance, google::protobuf::Map<std::string, std::string>* out) {
  for (const auto& [name, value] : provenance.settings) (*out)[name] = value;
  (*out)["recipe"] = provenance.recipe;
  (*out)["seed"] = absl::StrCat(provenance.seed);
  (*out)["epochs_run"] = absl::StrCat(provenance.epochs_run);
  (*out)["best_epoch"] = absl::StrCat(provenance.best_epoch);
  (*out)["wall_seconds"] = absl::StrCat(provenance.wall_seconds);
  (*out)["data_name"] = provenance.data_name;
  (*out)["data_sha256"] = provenance.data_sha256;
  (*out)["code_version"] = provenance.code_version;
  (*out)["created"] = provenance.created;
}

absl::Status Lacks(const catalog::ServedModel& model, absl::string_view field, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(field, ": model ", model.name(), " holds ", what));
}

void AddPValues(const catalog::ServedModel& model, const batching::RowResult& result, v1::ScoreResponse* response) {
  const auto n = static_cast<int64_t>(result.log_density.size());
  const ScoredRows scored = {.logits = ConstMatrix(result.logits.data(), n, model.spec().num_classes()),
                             .log_density = result.log_density,
                             .log_ratio = result.log_ratio};
  const Checkpoint& checkpoint = model.checkpoint();
  for (const float score : OutlierScores(checkpoint.calibration->outlier_score, scored)) {
    response->add_outlier_scores(score);
    response->add_p_values(static_cast<float>(ConformalPValue(score, checkpoint.calibration_scores)));
  }
}

// The spacing of the data's values in scaled units; one data unit for continuous data. Bits per dimension refer to it.
double ScaledUnit(const ModelSpec& spec) {
  return std::abs(double{spec.scaling.scale}) * (spec.data_step == 0 ? 1.0 : spec.data_step);
}

void AddNormalizedLogDensities(const catalog::ServedModel& model, std::span<const float> rows,
                               const batching::RowResult& result, v1::ScoreResponse* response) {
  const PartitionEstimate& partition = *model.checkpoint().partition;
  const auto dimension = static_cast<double>(model.spec().dimension());
  const double log_unit = std::log(ScaledUnit(model.spec()));
  for (size_t i = 0; i < result.log_density.size(); ++i) {
    const auto width = static_cast<size_t>(model.spec().dimension());
    const bool covered = partition.Covers(rows.subspan(i * width, width));
    const double normalized =
        covered ? result.log_density[i] - partition.log_z : -std::numeric_limits<double>::infinity();
    response->add_normalized_log_densities(static_cast<float>(normalized));
    response->add_bits_per_dimension(
        static_cast<float>(-(normalized + dimension * log_unit) / (dimension * std::numbers::ln2)));
  }
  response->set_log_z_standard_error(partition.standard_error);
}

}  // namespace

std::vector<float> Softmax(std::span<const float> logits, int64_t num_classes, double temperature) {
  std::vector<float> probabilities(logits.size());
  const auto width = static_cast<size_t>(num_classes);
  for (size_t first = 0; first < logits.size(); first += width) {
    SoftmaxRow(logits.subspan(first, width), temperature, std::span(probabilities).subspan(first, width));
  }
  return probabilities;
}

v1::ModelIdentity DescribeIdentity(const catalog::ServedModel& model) {
  v1::ModelIdentity identity;
  identity.set_name(model.name());
  identity.set_version(model.version());
  return identity;
}

v1::Model DescribeModel(const catalog::ServedModel& model) {
  const ModelSpec& spec = model.spec();
  v1::Model description;
  *description.mutable_identity() = DescribeIdentity(model);
  description.set_family(spec.family());
  description.mutable_input_shape()->Add(spec.input_shape.begin(), spec.input_shape.end());
  for (const std::string& label : spec.class_labels) description.add_class_labels(label);
  description.mutable_data_range()->set_lower(spec.data_range.minimum);
  description.mutable_data_range()->set_upper(spec.data_range.maximum);
  description.mutable_scaling()->set_scale(spec.scaling.scale);
  description.mutable_scaling()->set_offset(spec.scaling.offset);
  *description.mutable_sampler_defaults() = ToProto(SamplerDefaults(model));
  DescribeProvenance(model.checkpoint().provenance, description.mutable_provenance());
  for (const auto& [name, value] : model.checkpoint().evaluation) (*description.mutable_evaluation())[name] = value;
  description.add_capabilities(v1::CAPABILITY_CLASSIFY);
  description.add_capabilities(v1::CAPABILITY_SCORE);
  if (model.has_percentiles()) description.add_capabilities(v1::CAPABILITY_PERCENTILE);
  if (model.has_calibration()) {
    description.add_capabilities(v1::CAPABILITY_CALIBRATED_PROBABILITIES);
    description.add_capabilities(v1::CAPABILITY_P_VALUE);
    description.set_calibration_rows(static_cast<uint32_t>(model.checkpoint().calibration_scores.size()));
  }
  if (model.has_partition()) description.add_capabilities(v1::CAPABILITY_NORMALIZED_LOG_DENSITY);
  description.add_capabilities(v1::CAPABILITY_SAMPLE);
  if (model.has_start_states()) description.add_capabilities(v1::CAPABILITY_BUFFER_START);
  if (model.has_base_start()) description.add_capabilities(v1::CAPABILITY_BASE_START);
  description.set_precision(model.precision() == Precision::kF32 ? v1::PRECISION_F32 : v1::PRECISION_BF16);
  return description;
}

absl::Status CheckAbilities(const v1::ClassifyRequest& request, const catalog::ServedModel& model) {
  if (!request.calibrated() || model.has_calibration()) return absl::OkStatus();
  return Lacks(model, "calibrated", "no calibration");
}

absl::Status CheckAbilities(const v1::ScoreRequest& request, const catalog::ServedModel& model) {
  if (request.include_percentile() && !model.has_percentiles()) {
    return Lacks(model, "include_percentile", "no validation scores");
  }
  if (request.include_p_value() && !model.has_calibration()) {
    return Lacks(model, "include_p_value", "no calibration scores");
  }
  if (request.include_normalized_log_density() && !model.has_partition()) {
    return Lacks(model, "include_normalized_log_density", "no estimate of ln Z");
  }
  return absl::OkStatus();
}

void FillClassifyResponse(const catalog::ServedModel& model, const v1::ClassifyRequest& request,
                          const batching::RowResult& result, v1::ClassifyResponse* response) {
  const int64_t num_classes = model.spec().num_classes();
  const double temperature = request.calibrated() ? model.checkpoint().calibration->class_temperature : 1;
  *response->mutable_model() = DescribeIdentity(model);
  *response->mutable_probabilities() = EncodeFloats(Softmax(result.logits, num_classes, temperature), num_classes);
  ForEachRow(result.logits, num_classes, [&](std::span<const float> row) {
    response->add_classes(static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  });
  for (const std::string& label : model.spec().class_labels) response->add_class_labels(label);
}

bool WantsLogRatio(const v1::ScoreRequest& request, const catalog::ServedModel& model) {
  return request.include_p_value() && TakesLogRatio(model.checkpoint().calibration->outlier_score);
}

void FillScoreResponse(const catalog::ServedModel& model, const v1::ScoreRequest& request, std::span<const float> rows,
                       const batching::RowResult& result, v1::ScoreResponse* response) {
  const int64_t num_classes = model.spec().num_classes();
  *response->mutable_model() = DescribeIdentity(model);
  response->mutable_log_densities()->Add(result.log_density.begin(), result.log_density.end());
  if (request.include_joint_log_densities()) {
    *response->mutable_joint_log_densities() = EncodeFloats(result.logits, num_classes);
  }
  if (request.include_max_softmax()) {
    ForEachRow(Softmax(result.logits, num_classes), num_classes, [&](std::span<const float> row) {
      response->add_max_softmaxes(*std::max_element(row.begin(), row.end()));
    });
  }
  if (request.include_gradient_norm()) {
    response->mutable_gradient_norms()->Add(result.gradient_norm.begin(), result.gradient_norm.end());
  }
  if (request.include_percentile()) {
    for (const float value : result.log_density) {
      response->add_percentiles(static_cast<float>(PercentileOf(value, model.checkpoint().log_density_quantiles)));
    }
  }
  if (request.include_p_value()) AddPValues(model, result, response);
  if (request.include_normalized_log_density()) AddNormalizedLogDensities(model, rows, result, response);
}

}  // namespace ebm::rpc

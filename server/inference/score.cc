#include "server/inference/score.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/scoring/conformal.h"
#include "model/scoring/outlier_score.h"
#include "model/scoring/percentile.h"
#include "model/spec/row_codec.h"
#include "server/inference/classify.h"

namespace ebm::inference {
namespace {

absl::Status Lacks(const ModelInfo& model, absl::string_view field, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat(field, ": model ", model.name, " holds ", what));
}

std::vector<float> MaxSoftmaxes(std::span<const float> logits, int64_t num_classes) {
  const std::vector<float> probabilities = Softmax(logits, num_classes);
  std::vector<float> largest;
  for (auto row = probabilities.begin(); row != probabilities.end(); row += num_classes) {
    largest.push_back(*std::max_element(row, row + num_classes));
  }
  return largest;
}

void AddPValues(const ModelInfo& model, const RowFigures& figures, Scores& scores) {
  const auto n = static_cast<int64_t>(figures.log_density.size());
  const ScoredRows scored = {.logits = ConstMatrix(figures.logits.data(), n, model.spec.num_classes()),
                             .log_density = figures.comparable_log_density,
                             .log_ratio = figures.log_ratio};
  scores.outlier_scores = OutlierScores(model.calibration->outlier_score, scored);
  for (const float score : scores.outlier_scores) {
    scores.p_values.push_back(static_cast<float>(ConformalPValue(score, model.calibration_scores)));
  }
}

void AddNormalizedLogDensities(const ModelInfo& model, std::span<const float> rows, const RowFigures& figures,
                               Scores& scores) {
  const PartitionEstimate& partition = *model.partition;
  const auto width = static_cast<size_t>(model.spec.dimension());
  for (size_t i = 0; i < figures.log_density.size(); ++i) {
    const std::span<const float> row = rows.subspan(i * width, width);
    const double normalized = partition.Covers(row)
                                  ? figures.log_density[i] - partition.log_z + LogVolume(model.spec, row)
                                  : -std::numeric_limits<double>::infinity();
    scores.normalized_log_densities.push_back(static_cast<float>(normalized));
    const KnownValues known = KnownValuesOf(model.spec, row);
    const double bits = -(normalized + known.log_cell) / std::numbers::ln2;
    scores.bits_per_dimension.push_back(
        static_cast<float>(bits / std::max<double>(1, static_cast<double>(known.count))));
  }
  scores.log_z_standard_error = partition.standard_error;
}

}  // namespace

absl::Status CheckAbilities(const ScoreOptions& options, const ModelInfo& model) {
  if (options.gradient_norm && !model.has_gradient) {
    return absl::FailedPreconditionError(
        absl::StrCat("include_gradient_norm: model ", model.name, " has levels, and so no gradient"));
  }
  if (options.hidden_means && model.hidden_units == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("include_hidden_means: model ", model.name, " has no hidden units whose means are known"));
  }
  if (options.percentile && !model.has_percentiles()) {
    return Lacks(model, "include_percentile", "no validation scores");
  }
  if (options.p_value && !model.calibration.has_value()) {
    return Lacks(model, "include_p_value", "no calibration scores");
  }
  if (options.normalized_log_density && !model.partition.has_value()) {
    return Lacks(model, "include_normalized_log_density", "no estimate of ln Z");
  }
  return absl::OkStatus();
}

bool WantsLogRatio(const ScoreOptions& options, const ModelInfo& model) {
  return options.p_value && TakesLogRatio(model.calibration->outlier_score);
}

Scores MakeAnswer(const ScoreOptions& options, const ModelInfo& model, std::span<const float> rows,
                  const RowFigures& figures) {
  Scores scores = {.log_densities = figures.log_density};
  if (options.joint_log_densities) scores.joint_log_densities = figures.logits;
  if (options.max_softmax) scores.max_softmaxes = MaxSoftmaxes(figures.logits, model.spec.num_classes());
  if (options.gradient_norm) scores.gradient_norms = figures.gradient_norm;
  if (options.hidden_means) scores.hidden_means = figures.hidden_means;
  if (options.percentile) {
    for (const float value : figures.comparable_log_density) {
      scores.percentiles.push_back(static_cast<float>(PercentileOf(value, model.log_density_quantiles)));
    }
  }
  if (options.p_value) AddPValues(model, figures, scores);
  if (options.normalized_log_density) AddNormalizedLogDensities(model, rows, figures, scores);
  return scores;
}

}  // namespace ebm::inference

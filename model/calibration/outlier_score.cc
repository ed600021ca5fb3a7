#include "model/calibration/outlier_score.h"

#include <algorithm>
#include <cmath>

namespace ebm {
namespace {

std::vector<float> MaxLogProbabilities(const ScoredRows& scored) {
  std::vector<float> values;
  values.reserve(scored.log_density.size());
  for (int64_t row = 0; row < scored.logits.rows(); ++row) {
    const double top = std::ranges::max(scored.logits.row(row));
    double sum = 0;
    for (const float logit : scored.logits.row(row)) sum += std::exp(logit - top);
    values.push_back(static_cast<float>(-std::log(sum)));
  }
  return values;
}

std::vector<float> Copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

std::vector<float> LogRatios(const BaseDensity& base, ConstMatrix rows, std::span<const float> log_density) {
  std::vector<float> log_base(log_density.size());
  base.Evaluate(rows, {}, log_base, Matrix());
  std::ranges::transform(log_density, log_base, log_base.begin(), std::minus<>());
  return log_base;
}

std::vector<float> OutlierQuantity(const std::string& quantity, const EnergyModel& model, const ScoredRows& scored) {
  if (quantity == kMaxLogProbabilityQuantity) return MaxLogProbabilities(scored);
  if (quantity == kLogDensityQuantity) return Copy(scored.log_density);
  if (!scored.log_ratio.empty()) return Copy(scored.log_ratio);
  return LogRatios(*model.base_density(), scored.rows, scored.log_density);
}

std::vector<float> WeightedSums(const OutlierScore& score, const std::vector<std::vector<float>>& columns) {
  std::vector<double> sums(columns[0].size());
  for (size_t j = 0; j < columns.size(); ++j) {
    if (score.weights[j] == 0) continue;
    for (size_t i = 0; i < sums.size(); ++i) {
      sums[i] += score.weights[j] * (columns[j][i] - score.means[j]) / score.deviations[j];
    }
  }
  return {sums.begin(), sums.end()};
}

std::vector<float> OutlierScores(const OutlierScore& score, const EnergyModel& model, const ScoredRows& scored) {
  std::vector<std::vector<float>> columns;
  columns.reserve(score.quantities.size());
  for (const std::string& quantity : score.quantities) columns.push_back(OutlierQuantity(quantity, model, scored));
  return WeightedSums(score, columns);
}

std::vector<float> OutlierScores(const OutlierScore& score, const EnergyModel& model, ConstMatrix rows) {
  MatrixBuffer logits(rows.rows(), model.class_logits()->num_classes());
  std::vector<float> log_density(rows.rows());
  model.class_logits()->Logits(rows, logits.view(), log_density);
  return OutlierScores(score, model,
                       {.rows = rows, .logits = logits.view(), .log_density = log_density, .log_ratio = {}});
}

}  // namespace ebm

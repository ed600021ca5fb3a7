#include "model/scoring/outlier_score.h"

#include <algorithm>
#include <functional>

#include "model/scoring/row_outcome.h"

namespace ebm {
namespace {

std::vector<float> MaxLogProbabilities(ConstMatrix logits) {
  std::vector<float> values;
  values.reserve(logits.rows());
  for (int64_t row = 0; row < logits.rows(); ++row) {
    values.push_back(static_cast<float>(JudgeRow(logits.row(row), 0).top_log_probability));
  }
  return values;
}

std::vector<float> Copy(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

void LogRatios(const BaseDensity& base, ConstMatrix rows, std::span<const float> log_density,
               std::span<float> log_ratio) {
  base.Evaluate(rows, {}, log_ratio, Matrix());
  std::ranges::transform(log_density, log_ratio, log_ratio.begin(), std::minus<>());
}

std::vector<float> OutlierQuantity(const std::string& quantity, const ScoredRows& scored) {
  if (quantity == kMaxLogProbabilityQuantity) return MaxLogProbabilities(scored.logits);
  return Copy(quantity == kLogRatioQuantity ? scored.log_ratio : scored.log_density);
}

bool TakesLogRatio(const OutlierScore& score) {
  return std::ranges::find(score.quantities, kLogRatioQuantity) != score.quantities.end();
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

std::vector<float> OutlierScores(const OutlierScore& score, const ScoredRows& scored) {
  std::vector<std::vector<float>> columns;
  columns.reserve(score.quantities.size());
  for (const std::string& quantity : score.quantities) columns.push_back(OutlierQuantity(quantity, scored));
  return WeightedSums(score, columns);
}

MeasuredRows::MeasuredRows(const EnergyModel& model, ConstMatrix x)
    : logits(x.rows(), model.class_logits()->num_classes()), log_density(x.rows()) {
  model.class_logits()->Logits(x, logits.view(), log_density);
  if (model.base_density() == nullptr) return;
  log_ratio.resize(log_density.size());
  LogRatios(*model.base_density(), x, log_density, log_ratio);
}

}  // namespace ebm

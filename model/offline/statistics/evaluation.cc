#include "model/offline/statistics/evaluation.h"

#include <algorithm>
#include <numeric>

#include "model/offline/statistics/reliability.h"
#include "model/scoring/row_outcome.h"

namespace ebm {
namespace {

constexpr int64_t kRowsAtOnce = 512;

// Calls visit(first row, logits [count, K]) for consecutive chunks of rows.
template <typename Visit>
void ForEachChunk(const EnergyModel& model, ConstMatrix rows, Visit visit) {
  const ClassLogits& classifier = *model.class_logits();
  for (int64_t first = 0; first < rows.rows(); first += kRowsAtOnce) {
    const int64_t count = std::min(kRowsAtOnce, rows.rows() - first);
    MatrixBuffer logits(count, classifier.num_classes());
    std::vector<float> log_density(count);
    classifier.Logits(rows.rows_from(first, count), logits.view(), log_density);
    visit(first, logits);
  }
}

}  // namespace

double Mean(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double Evaluation::mean_log_density() const { return Mean(log_density); }

Evaluation Evaluate(const EnergyModel& model, ConstMatrix rows, std::span<const int32_t> labels) {
  Evaluation result;
  std::vector<double> confidence;
  std::vector<uint8_t> correct;
  double log_likelihood = 0;
  ForEachChunk(model, rows, [&](int64_t first, const MatrixBuffer& logits) {
    for (int64_t i = 0; i < logits.rows(); ++i) {
      const RowOutcome outcome = JudgeRow(logits.row(i), labels[first + i]);
      result.log_density.push_back(static_cast<float>(outcome.log_density));
      log_likelihood += outcome.true_log_probability;
      confidence.push_back(outcome.confidence);
      correct.push_back(outcome.correct ? 1 : 0);
    }
  });
  const auto n = static_cast<double>(rows.rows());
  result.error = static_cast<double>(std::ranges::count(correct, 0)) / n;
  result.cross_entropy = -log_likelihood / n;
  result.calibration_error = CalibrationError(confidence, correct);
  return result;
}

double MeanLogDensity(const EnergyModel& model, ConstMatrix rows) {
  std::vector<float> log_density(rows.rows());
  for (int64_t first = 0; first < rows.rows(); first += kRowsAtOnce) {
    const int64_t count = std::min(kRowsAtOnce, rows.rows() - first);
    model.LogDensity(rows.rows_from(first, count), std::span(log_density).subspan(first, count));
  }
  return Mean(log_density);
}

std::vector<float> Quantiles(std::vector<float> values, int m) {
  std::ranges::sort(values);
  std::vector<float> quantiles;
  quantiles.reserve(m);
  for (int i = 0; i < m; ++i) {
    const double position = static_cast<double>(i) / (m - 1) * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(position);
    const size_t above = std::min(below + 1, values.size() - 1);
    const double weight = position - static_cast<double>(below);
    quantiles.push_back(static_cast<float>((1 - weight) * values[below] + weight * values[above]));
  }
  return quantiles;
}

}  // namespace ebm

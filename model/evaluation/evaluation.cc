#include "model/evaluation/evaluation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace ebm {
namespace {

constexpr int64_t kRowsAtOnce = 512;

struct RowOutcome {
  double log_density;
  double true_log_probability;
  double confidence;
  bool correct;
};

RowOutcome Judge(std::span<const float> logits, int32_t label) {
  const auto top = std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit} - *top);
  const double log_density = *top + std::log(sum);
  return {.log_density = log_density,
          .true_log_probability = logits[label] - log_density,
          .confidence = 1.0 / sum,
          .correct = top - logits.begin() == label};
}

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

double Mean(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

double Evaluation::mean_log_density() const { return Mean(log_density); }

Evaluation Evaluate(const EnergyModel& model, ConstMatrix rows, std::span<const int32_t> labels) {
  Evaluation result;
  std::vector<double> confidence;
  std::vector<uint8_t> correct;
  double log_likelihood = 0;
  ForEachChunk(model, rows, [&](int64_t first, const MatrixBuffer& logits) {
    for (int64_t i = 0; i < logits.rows(); ++i) {
      const RowOutcome outcome = Judge(logits.row(i), labels[first + i]);
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

double CalibrationError(std::span<const double> confidence, std::span<const uint8_t> correct) {
  constexpr int kBins = 15;
  std::array<double, kBins> gap{};  // sum of (correct - confidence) in the bin
  for (size_t i = 0; i < confidence.size(); ++i) {
    const int bin = std::clamp(static_cast<int>(std::ceil(confidence[i] * kBins)) - 1, 0, kBins - 1);
    gap[bin] += correct[i] - confidence[i];
  }
  const double total =
      std::accumulate(gap.begin(), gap.end(), 0.0, [](double sum, double g) { return sum + std::abs(g); });
  return total / static_cast<double>(confidence.size());
}

double AreaUnderCurve(std::span<const float> inside, std::span<const float> outside) {
  std::vector<float> sorted(outside.begin(), outside.end());
  std::ranges::sort(sorted);
  double wins = 0;
  for (const float score : inside) {
    const auto [lower, upper] = std::equal_range(sorted.begin(), sorted.end(), score);
    wins += static_cast<double>(lower - sorted.begin()) + 0.5 * static_cast<double>(upper - lower);
  }
  return wins / (static_cast<double>(inside.size()) * static_cast<double>(outside.size()));
}

std::vector<float> Quantiles(std::vector<float> values, int m) {
  std::ranges::sort(values);
  std::vector<float> quantiles;
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

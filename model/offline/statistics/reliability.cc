#include "model/offline/statistics/reliability.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/scoring/row_outcome.h"

namespace ebm {
namespace {

constexpr double kLogTemperatureTolerance = 1e-6;
constexpr double kGolden = std::numbers::phi - 1;  // the share of its interval that a step of the golden section keeps

// The place of the minimum of `function`, which has only one in [lower, upper] (golden section search; Kiefer 1953,
// Proc. AMS 4).
template <typename Function>
double MinimiseByGoldenSection(Function function, double lower, double upper, double tolerance) {
  double left = upper - kGolden * (upper - lower);
  double right = lower + kGolden * (upper - lower);
  double at_left = function(left);
  double at_right = function(right);
  while (upper - lower > tolerance) {
    if (at_left <= at_right) {
      upper = right;
      right = left;
      at_right = at_left;
      left = upper - kGolden * (upper - lower);
      at_left = function(left);
    } else {
      lower = left;
      left = right;
      at_left = at_right;
      right = lower + kGolden * (upper - lower);
      at_right = function(right);
    }
  }
  return 0.5 * (lower + upper);
}

}  // namespace

int ReliabilityBinOf(double confidence) {
  return std::clamp(static_cast<int>(std::ceil(confidence * kReliabilityBins)) - 1, 0, kReliabilityBins - 1);
}

ReliabilityDiagram MakeReliabilityDiagram(std::span<const double> confidence, std::span<const uint8_t> correct) {
  ReliabilityDiagram bins;
  for (size_t i = 0; i < confidence.size(); ++i) {
    ReliabilityBin& bin = bins[ReliabilityBinOf(confidence[i])];
    ++bin.rows;
    bin.mean_confidence += confidence[i];
    bin.accuracy += correct[i];
  }
  for (ReliabilityBin& bin : bins) {
    if (bin.rows == 0) continue;
    bin.mean_confidence /= static_cast<double>(bin.rows);
    bin.accuracy /= static_cast<double>(bin.rows);
  }
  return bins;
}

double CalibrationError(std::span<const double> confidence, std::span<const uint8_t> correct) {
  double sum = 0;
  for (const ReliabilityBin& bin : MakeReliabilityDiagram(confidence, correct)) {
    sum += static_cast<double>(bin.rows) * std::abs(bin.accuracy - bin.mean_confidence);
  }
  return sum / static_cast<double>(confidence.size());
}

double CrossEntropyAt(double temperature, ConstMatrix logits, std::span<const int32_t> labels) {
  double sum = 0;
  for (int64_t i = 0; i < logits.rows(); ++i) {
    sum -= JudgeRow(logits.row(i), labels[i], temperature).true_log_probability;
  }
  return sum / static_cast<double>(logits.rows());
}

double BestTemperature(ConstMatrix logits, std::span<const int32_t> labels, double lowest, double highest) {
  const auto cross_entropy = [&](double log_temperature) {
    return CrossEntropyAt(std::exp(log_temperature), logits, labels);
  };
  return std::exp(
      MinimiseByGoldenSection(cross_entropy, std::log(lowest), std::log(highest), kLogTemperatureTolerance));
}

}  // namespace ebm

#include "model/calibration/class_temperature.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ebm {

double CrossEntropyAt(double temperature, ConstMatrix logits, std::span<const int32_t> labels) {
  double total = 0;
  for (int64_t row = 0; row < logits.rows(); ++row) {
    const std::span<const float> f = logits.row(row);
    const double top = std::ranges::max(f);
    double sum = 0;
    for (const float logit : f) sum += std::exp((logit - top) / temperature);
    total += std::log(sum) - (f[labels[row]] - top) / temperature;
  }
  return total / static_cast<double>(logits.rows());
}

double FitClassTemperature(ConstMatrix logits, std::span<const int32_t> labels) {
  constexpr int kSections = 60;  // to within a factor of 1 + 1e-11
  constexpr double kGolden = 1 / std::numbers::phi;
  const auto loss = [&](double log_temperature) { return CrossEntropyAt(std::exp(log_temperature), logits, labels); };
  double lower = std::log(kLowestClassTemperature);
  double upper = std::log(kHighestClassTemperature);
  for (int section = 0; section < kSections; ++section) {
    const double left = upper - kGolden * (upper - lower);
    const double right = lower + kGolden * (upper - lower);
    (loss(left) < loss(right) ? upper : lower) = loss(left) < loss(right) ? right : left;
  }
  const double best = 0.5 * (lower + upper);
  // Twice the gain in log likelihood is chi-square with one degree where T is 1; 3.84 is its 95 % quantile.
  constexpr double kSignificantGain = 3.84 / 2;
  const double gain = static_cast<double>(logits.rows()) * (loss(0) - loss(best));
  return gain > kSignificantGain ? std::exp(best) : 1;
}

}  // namespace ebm

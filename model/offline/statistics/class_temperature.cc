#include "model/offline/statistics/class_temperature.h"

#include "model/offline/statistics/reliability.h"

namespace ebm {

double FitClassTemperature(ConstMatrix logits, std::span<const int32_t> labels) {
  const double best = BestTemperature(logits, labels, kLowestClassTemperature, kHighestClassTemperature);
  constexpr double kNearLimit = 1.001;
  if (best < kLowestClassTemperature * kNearLimit || best > kHighestClassTemperature / kNearLimit) return 1;
  // If T is 1, twice the gain in log likelihood follows a chi-square distribution with one degree of freedom; 3.84 is
  // its 95 % quantile.
  constexpr double kSignificantGain = 3.84 / 2;
  const double gain = CrossEntropyAt(1, logits, labels) - CrossEntropyAt(best, logits, labels);
  return static_cast<double>(logits.rows()) * gain > kSignificantGain ? best : 1;
}

}  // namespace ebm

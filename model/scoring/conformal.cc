#include "model/scoring/conformal.h"

#include <algorithm>

namespace ebm {

double ConformalPValue(float score, std::span<const float> calibration_scores) {
  const auto above = std::ranges::partition_point(calibration_scores, [&](float other) { return other <= score; });
  const auto not_above = static_cast<double>(above - calibration_scores.begin());
  return (1 + not_above) / (static_cast<double>(calibration_scores.size()) + 1);
}

}  // namespace ebm

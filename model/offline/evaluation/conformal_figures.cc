#include "model/offline/evaluation/conformal_figures.h"

#include <cmath>

#include "model/scoring/conformal.h"

namespace ebm {

std::vector<double> PValues(std::span<const float> scores, std::span<const float> calibration_scores) {
  std::vector<double> p_values;
  p_values.reserve(scores.size());
  for (const float score : scores) p_values.push_back(ConformalPValue(score, calibration_scores));
  return p_values;
}

FlaggedShares MakeFlaggedShares(std::span<const double> p_values, uint64_t seed) {
  const std::vector<int64_t> groups = {static_cast<int64_t>(p_values.size())};
  const std::vector<Figure> figures = Bootstrap(groups, seed, [&](const ResampleCounts& counts) {
    std::vector<double> shares(kFalsePositiveRates.size());
    for (size_t i = 0; i < p_values.size(); ++i) {
      const double share = static_cast<double>(counts.front()[i]) / static_cast<double>(p_values.size());
      for (size_t a = 0; a < shares.size(); ++a) shares[a] += p_values[i] <= kFalsePositiveRates[a] ? share : 0;
    }
    return shares;
  });
  FlaggedShares flagged;
  for (size_t a = 0; a < flagged.size(); ++a) flagged[a] = figures[a];
  return flagged;
}

double ValidityMargin(double a, int64_t calibration_rows, int64_t n) {
  const double variance = a * (1 - a) * (1.0 / static_cast<double>(calibration_rows) + 1.0 / static_cast<double>(n));
  return 1.96 * std::sqrt(variance);
}

}  // namespace ebm

// Figures of a checkpoint's conformal p-values (model/scoring/conformal.h): the share of data rows, and of
// outliers, that is flagged at a false positive rate a, that is, has p <= a.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_CONFORMAL_FIGURES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_CONFORMAL_FIGURES_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/offline/statistics/bootstrap.h"

namespace ebm {

inline constexpr std::array<double, 3> kFalsePositiveRates = {0.01, 0.05, 0.1};
using FlaggedShares = std::array<Figure, kFalsePositiveRates.size()>;

struct ConformalFigures {
  int64_t calibration_rows = 0;
  std::vector<double> p_values;  // of the data's rows, rising
  FlaggedShares data;
  std::vector<FlaggedShares> outliers;  // in the order of the report's sets
};

// scores: outlier scores (model/scoring/outlier_score.h), calibration_scores rising; neither empty.
std::vector<double> PValues(std::span<const float> scores, std::span<const float> calibration_scores);
FlaggedShares MakeFlaggedShares(std::span<const double> p_values, uint64_t seed);

// The half width of the interval a +- 1.96 sd that contains the share of n fresh rows with p <= a about 95 times in
// 100, with sd^2 = a (1 - a) (1 / calibration_rows + 1 / n) for the randomness of both kinds of rows.
double ValidityMargin(double a, int64_t calibration_rows, int64_t n);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_CONFORMAL_FIGURES_H_

// What was fitted on held-out rows after training: a temperature for class probabilities, and the outlier score whose
// conformal p-values Score returns.
//
// Threads: plain data.

#ifndef EBM_MODEL_SCORING_CALIBRATION_H_
#define EBM_MODEL_SCORING_CALIBRATION_H_

#include <string>
#include <vector>

namespace ebm {

// Quantities that distinguish data from outliers (model/scoring/outlier_score.h).
inline constexpr char kLogDensityQuantity[] = "log_density";
inline constexpr char kLogRatioQuantity[] = "log_ratio";
inline constexpr char kMaxLogProbabilityQuantity[] = "max_log_probability";

// The outlier score of Score: a weighted sum of standardised quantities. All lists have the same length.
struct OutlierScore {
  std::vector<std::string> quantities;
  std::vector<double> weights;
  std::vector<double> means;
  std::vector<double> deviations;

  friend bool operator==(const OutlierScore&, const OutlierScore&) = default;
};

// The parameters that were fitted on held-out rows after training.
struct Calibration {
  double class_temperature = 1;  // model/offline/statistics/class_temperature.h
  OutlierScore outlier_score;

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_CALIBRATION_H_

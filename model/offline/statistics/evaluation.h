// Evaluates a model on labelled rows. Error rates are fractions, everything else is in nats.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_STATISTICS_EVALUATION_H_
#define EBM_MODEL_OFFLINE_STATISTICS_EVALUATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

struct Evaluation {
  double error = 0;                // fraction of rows whose most probable class is not their label
  double cross_entropy = 0;        // mean of -ln p(y given x)
  double calibration_error = 0;    // expected calibration error, 15 equal bins of the top probability (Guo et al. 2017)
  std::vector<float> log_density;  // [n], ln p~(x)

  double mean_log_density() const;
};

// rows: [n, D] in scaled units; labels: [n]. REQUIRES: n > 0 and a model with class logits.
Evaluation Evaluate(const EnergyModel& model, ConstMatrix rows, std::span<const int32_t> labels);

// REQUIRES: at least one value.
double Mean(std::span<const float> values);

// mean ln p~ of rows: [n, D].
double MeanLogDensity(const EnergyModel& model, ConstMatrix rows);

// m equally spaced quantiles of the values, the first their minimum and the last their maximum, linear in between.
// REQUIRES: m >= 2 and at least one value.
std::vector<float> Quantiles(std::vector<float> values, int m);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_STATISTICS_EVALUATION_H_

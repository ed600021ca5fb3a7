// How good a model is on labelled rows. Error rates are fractions, everything else is in nats.

#ifndef EBM_MODEL_EVALUATION_EVALUATION_H_
#define EBM_MODEL_EVALUATION_EVALUATION_H_

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

// mean ln p~ of rows: [n, D].
double MeanLogDensity(const EnergyModel& model, ConstMatrix rows);

// sum over bins of (rows in the bin / n) |accuracy in the bin - mean confidence in the bin|, 15 bins of equal width.
// confidence: [n] in [0, 1]; correct: [n] of 0 and 1.
double CalibrationError(std::span<const double> confidence, std::span<const uint8_t> correct);

// The probability that a row of `inside` scores above a row of `outside`, ties counted half: the area under the
// receiver operating curve of telling the two apart.
double AreaUnderCurve(std::span<const float> inside, std::span<const float> outside);

// m equally spaced quantiles of the values, the first their minimum and the last their maximum, linear in between.
std::vector<float> Quantiles(std::vector<float> values, int m);

}  // namespace ebm

#endif  // EBM_MODEL_EVALUATION_EVALUATION_H_

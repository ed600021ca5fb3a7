// Temperature scaling of class probabilities (Guo et al. 2017, "On calibration of modern neural networks",
// arXiv:1706.04599): p(y given x) = softmax(f(x) / T)[y]. It changes how sure a model says it is, never which class it
// names, and nothing about densities.

#ifndef EBM_MODEL_CALIBRATION_CLASS_TEMPERATURE_H_
#define EBM_MODEL_CALIBRATION_CLASS_TEMPERATURE_H_

#include <cstdint>
#include <span>

#include "model/core/matrix_view.h"

namespace ebm {

// The T of the least cross entropy between the limits below, or 1 where the rows do not speak against it: where the
// likelihood-ratio test of T = 1 keeps it at 5 % (few rows, nearly all of them right, ask for any certainty), and where
// the best T is one of the limits (all of them right, or none better than chance), so that they do not determine it.
// logits: [n, K]; labels: [n]. REQUIRES: n > 0.
double FitClassTemperature(ConstMatrix logits, std::span<const int32_t> labels);

inline constexpr double kLowestClassTemperature = 0.05;
inline constexpr double kHighestClassTemperature = 20;

}  // namespace ebm

#endif  // EBM_MODEL_CALIBRATION_CLASS_TEMPERATURE_H_

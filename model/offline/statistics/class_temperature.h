// Temperature scaling of class probabilities (Guo et al. 2017, "On calibration of modern neural networks",
// arXiv:1706.04599): p(y given x) = softmax(f(x) / T)[y]. It changes the confidence of a model, but neither its most
// probable class nor its densities.

#ifndef EBM_MODEL_OFFLINE_STATISTICS_CLASS_TEMPERATURE_H_
#define EBM_MODEL_OFFLINE_STATISTICS_CLASS_TEMPERATURE_H_

#include <cstdint>
#include <span>

#include "model/core/matrix_view.h"

namespace ebm {

// The T of the least cross entropy between the limits below, or 1 if the rows do not contradict it: if the
// likelihood-ratio test at 5 % does not reject T = 1 (few rows that are nearly all classified correctly are compatible
// with a wide range of T), or if the best T is one of the limits (all rows correct, or none better than chance), so
// that the rows do not determine it. logits: [n, K]; labels: [n]. REQUIRES: n > 0.
double FitClassTemperature(ConstMatrix logits, std::span<const int32_t> labels);

inline constexpr double kLowestClassTemperature = 0.05;
inline constexpr double kHighestClassTemperature = 20;

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_STATISTICS_CLASS_TEMPERATURE_H_

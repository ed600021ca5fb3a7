// |x|, summed in double precision.

#ifndef EBM_MODEL_CORE_EUCLIDEAN_NORM_H_
#define EBM_MODEL_CORE_EUCLIDEAN_NORM_H_

#include <cmath>
#include <span>

namespace ebm {

inline float EuclideanNorm(std::span<const float> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return static_cast<float>(std::sqrt(sum));
}

}  // namespace ebm

#endif  // EBM_MODEL_CORE_EUCLIDEAN_NORM_H_

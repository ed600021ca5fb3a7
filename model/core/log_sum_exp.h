// ln of a sum of exponentials, in double precision.

#ifndef EBM_MODEL_CORE_LOG_SUM_EXP_H_
#define EBM_MODEL_CORE_LOG_SUM_EXP_H_

#include <algorithm>
#include <cmath>
#include <span>

namespace ebm {

// The greatest value if that is not finite. REQUIRES: at least one value.
inline double LogSumExp(std::span<const double> values) {
  const double largest = *std::ranges::max_element(values);
  if (!std::isfinite(largest)) return largest;
  double sum = 0;
  for (const double value : values) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

}  // namespace ebm

#endif  // EBM_MODEL_CORE_LOG_SUM_EXP_H_

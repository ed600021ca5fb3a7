// Whether numbers are finite.

#ifndef EBM_MODEL_CORE_FINITE_H_
#define EBM_MODEL_CORE_FINITE_H_

#include <algorithm>
#include <cmath>
#include <span>

namespace ebm {

inline bool AllFinite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

}  // namespace ebm

#endif  // EBM_MODEL_CORE_FINITE_H_

#include "model/scoring/false_discovery.h"

#include <algorithm>
#include <vector>

namespace ebm {

float FalseDiscoveryCutoff(std::span<const float> p_values, double rate) {
  // P-values are multiples of 1 / (n + 1), rounded to float32: one that is meant to be equal to its bound must pass.
  constexpr double kRounding = 1 + 0x1p-23;
  std::vector<float> rising(p_values.begin(), p_values.end());
  std::ranges::sort(rising);
  const auto n = static_cast<double>(rising.size());
  for (size_t k = rising.size(); k > 0; --k) {
    if (rising[k - 1] <= static_cast<double>(k) * rate / n * kRounding) return rising[k - 1];
  }
  return 0;
}

}  // namespace ebm

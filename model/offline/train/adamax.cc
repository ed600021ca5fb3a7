#include "model/offline/train/adamax.h"

#include <algorithm>
#include <cmath>

namespace ebm {

void AdamaxStep(double rate, int64_t step, std::span<const float> gradient, AdamaxState& state,
                std::span<float> weights) {
  constexpr float kBeta1 = 0.9F;
  constexpr float kBeta2 = 0.999F;
  constexpr float kEpsilon = 1e-8F;
  const auto corrected_rate = static_cast<float>(rate / (1.0 - std::pow(double{kBeta1}, static_cast<double>(step))));
  for (size_t i = 0; i < weights.size(); ++i) {
    float& m = state.first_moment[i];
    float& u = state.infinity_norm[i];
    m = kBeta1 * m + (1.0F - kBeta1) * gradient[i];
    u = std::max(kBeta2 * u, std::abs(gradient[i]) + kEpsilon);
    weights[i] -= corrected_rate * m / u;
  }
}

}  // namespace ebm

#include "model/base/uniform_base.h"

#include <algorithm>
#include <cmath>

#include "model/sampler/chain_start.h"

namespace ebm {

bool UniformBase::Contains(std::span<const float> x) const {
  return std::ranges::all_of(x, [this](float value) { return value >= box_.lower && value <= box_.upper; });
}

void UniformBase::Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                           Matrix gradient) const {
  const double log_side = std::log(double{box_.upper} - box_.lower);
  const auto inside = static_cast<float>(-static_cast<double>(dimension_) * log_side);
  for (int64_t row = 0; row < x.rows(); ++row) {
    log_density[row] = Contains(x.row(row)) ? inside : -std::numeric_limits<float>::infinity();
  }
  std::ranges::fill(gradient.values(), 0.0F);
}

void UniformBase::Draw(uint64_t seed, uint32_t first_chain, int32_t /*target_class*/, Matrix states) const {
  FillUniformStart(seed, first_chain, box_.lower, box_.upper, states);
  // Rounding can lift a draw above `upper` by one unit in the last place.
  for (float& value : states.values()) value = std::min(value, box_.upper);
}

}  // namespace ebm

#include "model/base/defensive_base.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/core/random.h"

namespace ebm {

void DefensiveBase::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                             Matrix gradient) const {
  base_.Evaluate(x, {}, log_density, gradient);
  if (std::ranges::all_of(classes, [](int32_t y) { return y == kNoClass; })) return;
  const Matrix class_gradient = class_gradient_.view().rows_from(0, gradient.rows());
  base_.Evaluate(x, classes, std::span(class_log_density_).first(x.rows()), class_gradient);
  for (int64_t row = 0; row < x.rows(); ++row) {
    if (classes[row] == kNoClass) continue;
    const float above = std::max(log_density[row], class_log_density_[row]);
    if (std::isinf(above)) continue;  // outside of a box: both are minus infinity, and so is the mixture
    const float whole = std::exp(log_density[row] - above);
    const float sum = whole + std::exp(class_log_density_[row] - above);
    log_density[row] = above + std::log(sum) - std::numbers::ln2_v<float>;
    if (gradient.rows() == 0) continue;
    const float share = whole / sum;
    const std::span<float> slope = gradient.row(row);
    for (size_t i = 0; i < slope.size(); ++i) slope[i] = share * slope[i] + (1 - share) * class_gradient.row(row)[i];
  }
}

void DefensiveBase::Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const {
  for (int64_t row = 0; row < states.rows(); ++row) {
    const uint32_t chain = first_chain + static_cast<uint32_t>(row);
    float u = 0;
    FillUniform({.seed = seed, .stream = RandomStream::kBaseDraw, .chain = chain, .step = 2}, {&u, 1});
    base_.Draw(seed, chain, u < 0.5F ? target_class : kNoClass, states.rows_from(row, 1));
  }
}

}  // namespace ebm

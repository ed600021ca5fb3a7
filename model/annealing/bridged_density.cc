#include "model/annealing/bridged_density.h"

#include <algorithm>
#include <cmath>

namespace ebm {

void BridgeEnds::CopyRow(const BridgeEnds& source, int64_t source_row, int64_t row) {
  model_log_density[row] = source.model_log_density[source_row];
  base_log_density[row] = source.base_log_density[source_row];
  std::ranges::copy(source.model_gradient.row(source_row), model_gradient.row(row).begin());
  std::ranges::copy(source.base_gradient.row(source_row), base_gradient.row(row).begin());
}

float BridgeEnds::Bridge(double beta, int64_t row, std::span<float> gradient) const {
  const std::span<const float> uphill = model_gradient.row(row);
  const std::span<const float> base_uphill = base_gradient.row(row);
  const auto share = static_cast<float>(beta);
  for (size_t i = 0; i < gradient.size(); ++i) {
    gradient[i] = share * uphill[i] + (1 - share) * base_uphill[i];
  }
  const float base = base_log_density[row];
  if (std::isinf(base)) return base;  // at beta = 1 the sum below would be 0 times infinity
  return static_cast<float>((1 - beta) * base + beta * model_log_density[row]);
}

void BridgedDensity::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                              Matrix gradient) const {
  const int64_t n = x.rows();
  model_.Evaluate(x, classes, std::span(ends_.model_log_density).first(n), ends_.model_gradient.view().rows_from(0, n));
  base_.Evaluate(x, classes, std::span(ends_.base_log_density).first(n), ends_.base_gradient.view().rows_from(0, n));
  for (int64_t row = 0; row < n; ++row) log_density[row] = ends_.Bridge(betas_[row], row, gradient.row(row));
}

}  // namespace ebm

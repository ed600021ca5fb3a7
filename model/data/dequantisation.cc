#include "model/data/dequantisation.h"

#include <cmath>
#include <vector>

#include "model/core/random.h"

namespace ebm {

float ScaledStep(const ModelSpec& spec) { return std::abs(spec.scaling.scale) * spec.data_step; }

void Dequantise(const ModelSpec& spec, uint64_t seed, uint32_t index, uint32_t visit, std::span<float> row) {
  if (spec.data_step == 0) return;
  const float step = ScaledStep(spec);
  std::vector<float> draws(row.size());
  FillUniform({.seed = seed, .stream = RandomStream::kDequantisation, .chain = index, .step = visit}, draws);
  for (size_t i = 0; i < row.size(); ++i) row[i] += step * (draws[i] - 0.5F);
}

}  // namespace ebm

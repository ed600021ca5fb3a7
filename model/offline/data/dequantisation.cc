#include "model/offline/data/dequantisation.h"

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

MatrixBuffer DequantisedRows(const ModelSpec& spec, ConstMatrix rows, uint64_t seed) {
  MatrixBuffer copies({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols());
  for (int64_t i = 0; i < rows.rows(); ++i) Dequantise(spec, seed, static_cast<uint32_t>(i), 0, copies.row(i));
  return copies;
}

}  // namespace ebm

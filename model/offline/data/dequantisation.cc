#include "model/offline/data/dequantisation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/core/random.h"
#include "model/spec/row_codec.h"

namespace ebm {

namespace {

// Levels are not dequantised.
float ScaledStep(const DataColumn& column) {
  return column.domain == Domain::kReal ? std::abs(column.scaling.scale) * column.step : 0;
}

}  // namespace

bool HasStep(const ModelSpec& spec) {
  return std::ranges::any_of(spec.columns,
                             [](const DataColumn& column) { return column.is_input() && ScaledStep(column) > 0; });
}

std::vector<float> ScaledSteps(const ModelSpec& spec) {
  std::vector<float> steps(static_cast<size_t>(spec.dimension()));
  ForEachColumn(spec, [&steps](const DataColumn& column, const ColumnPlace& place) {
    const float step = ScaledStep(column);
    std::ranges::fill(std::span(steps).subspan(place.first_coordinate, place.coordinates), step);
  });
  return steps;
}

void Dequantise(const ModelSpec& spec, uint64_t seed, uint32_t index, uint32_t visit, std::span<float> row) {
  if (!HasStep(spec)) return;
  std::vector<float> draws(row.size());
  FillUniform({.seed = seed, .stream = RandomStream::kDequantisation, .chain = index, .step = visit}, draws);
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    const float step = ScaledStep(column);
    if (step == 0) return;
    const auto first = static_cast<size_t>(place.first_coordinate);
    for (size_t i = first; i < first + place.coordinates; ++i) row[i] += step * (draws[i] - 0.5F);
  });
}

MatrixBuffer DequantisedRows(const ModelSpec& spec, ConstMatrix rows, uint64_t seed) {
  MatrixBuffer copies({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols());
  for (int64_t i = 0; i < rows.rows(); ++i) Dequantise(spec, seed, static_cast<uint32_t>(i), 0, copies.row(i));
  return copies;
}

}  // namespace ebm

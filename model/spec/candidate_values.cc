#include "model/spec/candidate_values.h"

#include <algorithm>
#include <cmath>

#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr float kPartsOfSpacing = 5;

float ScaledValue(const DataColumn& column, float value) {
  float x = 0;
  EncodeValue(column, value, {&x, 1});
  return x;
}

// The step that values are rounded to; 0: none.
float StepOf(const DataColumn& column) {
  return column.step == 0 && column.kind == ColumnKind::kWholeNumber ? 1 : column.step;
}

bool HasAllValues(const DataColumn& column, const CandidateGrid& grid) {
  const float step = StepOf(column);
  const bool is_even = step > 0 && !column.power.has_value();
  return is_even && column.range.maximum - column.range.minimum <= step * static_cast<float>(grid.points - 1);
}

float Rounded(const DataColumn& column, float value) {
  if (column.domain == Domain::kLevels) return value;  // that of a level already
  const float step = StepOf(column);
  const float rounded = step > 0 ? step * std::round(value / step) : value;
  return std::clamp(rounded, column.range.minimum, column.range.maximum);
}

// Sorted, each once.
std::vector<float> ValuesAt(const DataColumn& column, std::vector<float> scaled) {
  for (float& x : scaled) x = Rounded(column, DecodeValue(column, {&x, 1}));
  std::erase_if(scaled, [](float value) { return !std::isfinite(value); });
  std::ranges::sort(scaled);
  scaled.erase(std::unique(scaled.begin(), scaled.end()), scaled.end());
  return scaled;
}

std::vector<float> GridOf(const DataColumn& column, float lower, float spacing, int64_t points) {
  std::vector<float> scaled(static_cast<size_t>(points));
  for (int64_t i = 0; i < points; ++i) scaled[i] = lower + spacing * static_cast<float>(i);
  return ValuesAt(column, std::move(scaled));
}

}  // namespace

CandidateGrid CandidateGridFor(int64_t num_values) {
  if (num_values <= kMostRefinedValues) return {};
  return {.points = kCoarseGridPoints, .refinements = 0};
}

int64_t MostCandidates(const DataColumn& column, const CandidateGrid& grid) {
  if (column.is_categorical()) return static_cast<int64_t>(column.values.size());
  return grid.points + grid.refinements * kRefinedPoints;
}

std::vector<float> CandidateValues(const DataColumn& column, const CandidateGrid& grid, int round, float best) {
  if (column.is_categorical()) {
    std::vector<float> codes;
    if (round > 0) return codes;
    codes.reserve(column.values.size());
    for (const CategoryValue& value : column.values) codes.push_back(value.code);
    return codes;
  }
  const float lower = ScaledValue(column, column.range.minimum);
  float spacing = (ScaledValue(column, column.range.maximum) - lower) / static_cast<float>(grid.points - 1);
  if (round == 0) return GridOf(column, lower, spacing, grid.points);
  if (HasAllValues(column, grid)) return {};
  for (int refined = 1; refined < round; ++refined) spacing /= kPartsOfSpacing;
  const float centre = ScaledValue(column, best);
  std::vector<float> scaled;
  scaled.reserve(kRefinedPoints);
  for (int64_t part = 1; part <= kRefinedPoints / 2; ++part) {
    const float offset = spacing * static_cast<float>(part) / kPartsOfSpacing;
    scaled.insert(scaled.end(), {centre - offset, centre + offset});
  }
  return ValuesAt(column, std::move(scaled));
}

}  // namespace ebm

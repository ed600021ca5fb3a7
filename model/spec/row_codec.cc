#include "model/spec/row_codec.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr size_t kMostCodesShown = 20;

int64_t IndexOfCode(const DataColumn& column, float code) {
  const auto found = std::ranges::find(column.values, code, &CategoryValue::code);
  return found == column.values.end() ? -1 : found - column.values.begin();
}

float ToScaled(const DataColumn& column, float value) {
  const float scaled = column.scaling.ToScaled(value);
  if (!column.power.has_value()) return scaled;
  return column.power->outer.ToScaled(static_cast<float>(YeoJohnson(scaled, column.power->lambda)));
}

float ToData(const DataColumn& column, float x) {
  if (!column.power.has_value()) return column.scaling.ToData(x);
  const double inner = InverseYeoJohnson(column.power->outer.ToData(x), column.power->lambda);
  return static_cast<float>((inner - column.scaling.offset) / column.scaling.scale);
}

// Scales nothing: arithmetic would lose the sign of -0.
bool IsIdentity(const DataColumn& column) {
  return !column.power.has_value() && !column.is_categorical() && column.scaling == DataScaling();
}

std::string NameOfValue(const DataColumn& column, const ColumnPlace& place, int64_t value) {
  return column.name.empty() ? absl::StrCat("value ", place.first_value + value) : Describe(column, place.index);
}

absl::Status NotFinite(const DataColumn& column, const ColumnPlace& place, int64_t value, float number) {
  return absl::InvalidArgumentError(absl::StrCat(NameOfValue(column, place, value), " is ", number,
                                                 ", must be finite before and after scaling by ",
                                                 column.scaling.scale));
}

float NearestLevel(const DataColumn& column, float x) {
  return std::clamp(std::round(x), 0.0F, static_cast<float>(column.levels() - 1));
}

bool IsKept(float value, MissingValues missing) { return missing == MissingValues::kKept && std::isnan(value); }

absl::Status EncodeNumbers(const DataColumn& column, const ColumnPlace& place, std::span<const float> row,
                           std::span<float> x, MissingValues missing) {
  const bool is_identity = IsIdentity(column);
  for (int64_t i = 0; i < place.values; ++i) {
    const float value = row[static_cast<size_t>(place.first_value + i)];
    const float scaled = is_identity ? value : ToScaled(column, value);
    const bool is_finite = std::isfinite(value) && std::isfinite(scaled);
    if (!is_finite && !IsKept(value, missing)) return NotFinite(column, place, i, value);
    x[static_cast<size_t>(place.first_coordinate + i)] = scaled;
  }
  return absl::OkStatus();
}

absl::Status EncodeLevels(const DataColumn& column, const ColumnPlace& place, std::span<const float> row,
                          std::span<float> x, MissingValues missing) {
  for (int64_t i = 0; i < place.values; ++i) {
    const float value = row[static_cast<size_t>(place.first_value + i)];
    float& coordinate = x[static_cast<size_t>(place.first_coordinate + i)];
    if (IsKept(value, missing)) {
      coordinate = value;
      continue;
    }
    const std::optional<float> level = LevelOf(column, value);
    if (!level.has_value() && column.threshold.has_value()) return NotFinite(column, place, i, value);
    if (!level.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(NameOfValue(column, place, i), " is ", value, ", must be ",
                                                     column.range.minimum, " to ", column.range.maximum,
                                                     " in steps of ", column.step));
    }
    coordinate = *level;
  }
  return absl::OkStatus();
}

void SetCategory(const DataColumn& column, int64_t index, std::span<float> x) {
  if (column.domain == Domain::kLevels) {
    x.front() = static_cast<float>(index);
    return;
  }
  if (column.kind == ColumnKind::kBinary) {
    x.front() = column.scaling.ToScaled(static_cast<float>(index));
    return;
  }
  std::ranges::fill(x, column.scaling.ToScaled(0));
  x[static_cast<size_t>(index)] = column.scaling.ToScaled(1);
}

absl::Status NoSuchCode(const DataColumn& column, const ColumnPlace& place, float value) {
  std::vector<float> codes;
  for (const CategoryValue& known : std::span(column.values).first(std::min(column.values.size(), kMostCodesShown))) {
    codes.push_back(known.code);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      Describe(column, place.index), " is ", value, ", which is none of the codes of its ", column.values.size(),
      " values: ", absl::StrJoin(codes, ", "), codes.size() < column.values.size() ? ", ..." : ""));
}

absl::Status EncodeCategory(const DataColumn& column, const ColumnPlace& place, float value, std::span<float> x,
                            MissingValues missing) {
  if (IsKept(value, missing)) {
    std::ranges::fill(x, value);
    return absl::OkStatus();
  }
  const int64_t index = IndexOfCode(column, value);
  if (index < 0) return NoSuchCode(column, place, value);
  SetCategory(column, index, x);
  return absl::OkStatus();
}

// The value of the nearest level.
float DecodeLevel(const DataColumn& column, float x) {
  const float level = NearestLevel(column, x);
  if (column.is_categorical()) return column.values[static_cast<size_t>(level)].code;
  return static_cast<float>(ValueOfLevel(column, level));
}

float DecodeCategory(const DataColumn& column, std::span<const float> x) {
  if (column.kind == ColumnKind::kBinary) return column.values[column.scaling.ToData(x.front()) < 0.5F ? 0 : 1].code;
  // The coordinate that is nearest to that of a value: with a negative scale, the least.
  const auto best = column.scaling.scale > 0 ? std::ranges::max_element(x) : std::ranges::min_element(x);
  return column.values[static_cast<size_t>(best - x.begin())].code;
}

}  // namespace

absl::Status EncodeRow(const ModelSpec& spec, std::span<const float> row, std::span<float> x, MissingValues missing) {
  absl::Status status;
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    if (!status.ok()) return;
    if (column.is_categorical()) {
      status = EncodeCategory(column, place, row[static_cast<size_t>(place.first_value)],
                              x.subspan(place.first_coordinate, place.coordinates), missing);
    } else if (column.domain == Domain::kLevels) {
      status = EncodeLevels(column, place, row, x, missing);
    } else {
      status = EncodeNumbers(column, place, row, x, missing);
    }
  });
  return status;
}

void EncodeValue(const DataColumn& column, float value, std::span<float> x) {
  if (column.is_categorical()) {
    SetCategory(column, IndexOfCode(column, value), x);
  } else if (column.domain == Domain::kLevels) {
    const std::optional<float> level = LevelOf(column, value);
    x.front() = level.value_or(NearestLevel(column, (value - column.range.minimum) / column.step));
  } else {
    x.front() = IsIdentity(column) ? value : ToScaled(column, value);
  }
}

float DecodeValue(const DataColumn& column, std::span<const float> x) {
  if (column.domain == Domain::kLevels) return DecodeLevel(column, x.front());
  if (column.is_categorical()) return DecodeCategory(column, x);
  const float value = ToData(column, x.front());
  return column.kind == ColumnKind::kWholeNumber ? std::round(value) : value;
}

void DecodeRow(const ModelSpec& spec, std::span<const float> x, std::span<float> row) {
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    const int64_t each = column.coordinates();
    for (int64_t i = 0; i < place.values; ++i) {
      row[place.first_value + i] = DecodeValue(column, x.subspan(place.first_coordinate + i * each, each));
    }
  });
}

absl::StatusOr<MatrixBuffer> EncodeRows(const ModelSpec& spec, ConstMatrix rows, MissingValues missing) {
  MatrixBuffer x(rows.rows(), spec.dimension());
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const absl::Status status = EncodeRow(spec, rows.row(i), x.row(i), missing);
    if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat("row ", i + 1, ": ", status.message()));
  }
  return x;
}

MatrixBuffer DecodeRows(const ModelSpec& spec, ConstMatrix x) {
  MatrixBuffer rows(x.rows(), spec.num_values());
  for (int64_t i = 0; i < x.rows(); ++i) DecodeRow(spec, x.row(i), rows.row(i));
  return rows;
}

absl::Status CheckLevels(const ModelSpec& spec, std::span<const float> x, MissingValues missing) {
  absl::Status status;
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    if (column.domain == Domain::kReal) return;
    for (int64_t i = place.first_coordinate; i < place.first_coordinate + place.coordinates && status.ok(); ++i) {
      if (x[i] == NearestLevel(column, x[i]) || IsKept(x[i], missing)) continue;
      status = absl::InvalidArgumentError(
          absl::StrCat("coordinate ", i, " is ", x[i], ", must be a whole number from 0 to ", column.levels() - 1));
    }
  });
  return status;
}

void RoundToLevels(const ModelSpec& spec, std::span<float> x) {
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    if (column.domain == Domain::kReal) return;
    for (float& coordinate : x.subspan(place.first_coordinate, place.coordinates)) {
      coordinate = NearestLevel(column, coordinate);
    }
  });
}

MatrixBuffer EncodedRanges(const ModelSpec& spec) {
  MatrixBuffer x(2, spec.dimension());
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    const bool has_levels = column.domain == Domain::kLevels;
    std::ranges::fill(x.row(0).subspan(place.first_coordinate, place.coordinates),
                      has_levels ? 0 : ToScaled(column, column.range.minimum));
    std::ranges::fill(x.row(1).subspan(place.first_coordinate, place.coordinates),
                      has_levels ? static_cast<float>(column.levels() - 1) : ToScaled(column, column.range.maximum));
  });
  return x;
}

double LogVolume(const ModelSpec& spec, std::span<const float> x) {
  double sum = 0;
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    if (column.domain == Domain::kLevels) return;
    const double log_scale = std::log(std::abs(double{column.scaling.scale}));
    for (const float coordinate : x.subspan(place.first_coordinate, place.coordinates)) {
      if (std::isnan(coordinate)) continue;
      sum += log_scale;
      if (!column.power.has_value()) continue;
      const PowerTransform& power = *column.power;
      const double inner = InverseYeoJohnson(power.outer.ToData(coordinate), power.lambda);
      sum += std::log(std::abs(double{power.outer.scale})) + LogDerivativeOfYeoJohnson(inner, power.lambda);
    }
  });
  return sum;
}

double LogCell(const ModelSpec& spec) {
  return KnownValuesOf(spec, std::vector<float>(static_cast<size_t>(spec.dimension()))).log_cell;
}

KnownValues KnownValuesOf(const ModelSpec& spec, std::span<const float> x) {
  KnownValues known;
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    const bool is_density = column.step > 0 && column.domain == Domain::kReal;
    const double log_step = is_density ? std::log(double{column.step}) : 0;
    for (int64_t i = 0; i < place.values; ++i) {
      if (std::isnan(x[static_cast<size_t>(place.first_coordinate + i * column.coordinates())])) continue;
      ++known.count;
      known.log_cell += log_step;
    }
  });
  return known;
}

}  // namespace ebm

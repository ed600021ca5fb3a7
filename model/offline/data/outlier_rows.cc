#include "model/offline/data/outlier_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "model/core/random.h"
#include "model/offline/data/mirror.h"
#include "model/spec/image_shape.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

// The draws of one row.
RandomKey KeyOf(OutlierKind kind, uint64_t seed, int64_t row) {
  return {.seed = seed,
          .stream = RandomStream::kEvaluation,
          .chain = static_cast<uint32_t>(row),
          .step = static_cast<uint32_t>(kind)};
}

// A row's values have units of their own: a picture has one column, or one per channel.
bool IsTable(const ModelSpec& spec) { return spec.num_input_columns() > 1 && !HasImageShape(spec); }

// Values that a column's data could take, uniformly.
class ValueDraws {
 public:
  explicit ValueDraws(const DataColumn& column) : column_(column) {
    if (column.is_categorical()) {
      levels_ = static_cast<uint32_t>(column.values.size());
      return;
    }
    if (column.domain == Domain::kLevels) {
      levels_ = static_cast<uint32_t>(column.levels());
      return;
    }
    if (column.step <= 0) return;
    first_ = std::ceil(double{column.range.minimum} / column.step);
    const double levels = std::floor(double{column.range.maximum} / column.step) - first_ + 1;
    levels_ = levels >= 1 && levels < kMostLevels ? static_cast<uint32_t>(levels) : 0;
  }

  // In data units. index: of the draw under the key; uniform: the Uniform draw at that index.
  float Value(const RandomKey& key, uint32_t index, float uniform) const {
    const DataRange& range = column_.range;
    if (levels_ == 0) return range.minimum + (range.maximum - range.minimum) * uniform;
    const uint32_t level = UniformInteger(key, index, levels_);
    if (column_.is_categorical()) return column_.values[level].code;
    if (column_.domain == Domain::kLevels) return static_cast<float>(ValueOfLevel(column_, level));
    return static_cast<float>((first_ + level) * column_.step);
  }

 private:
  static constexpr double kMostLevels = 1 << 24;  // more count as continuous

  const DataColumn& column_;
  double first_ = 0;     // the least multiple of the step within the range, in steps
  uint32_t levels_ = 0;  // multiples within the range, or values of a category; 0: continuous
};

// A row of the data's range is always finite in scaled units.
void Encode(const ModelSpec& spec, std::span<const float> values, std::span<float> row) {
  EncodeRow(spec, values, row).IgnoreError();
}

void FillNoise(const ModelSpec& spec, const RandomKey& key, std::span<float> row) {
  std::vector<float> values(static_cast<size_t>(spec.num_values()));
  FillUniform(key, values);
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    const ValueDraws draws(column);
    for (int64_t i = place.first_value; i < place.first_value + place.values; ++i) {
      values[i] = draws.Value(key, static_cast<uint32_t>(i), values[i]);
    }
  });
  Encode(spec, values, row);
}

// 1 for rows that are no images.
int64_t ChannelsOf(const ModelSpec& spec) { return HasImageShape(spec) ? ImageShapeOf(spec).channels : 1; }

// Each channel's value is one that the column of its first pixel could take. REQUIRES: no table.
void FillConstant(const ModelSpec& spec, const RandomKey& key, std::span<float> row) {
  std::vector<float> uniform(static_cast<size_t>(ChannelsOf(spec)));
  FillUniform(key, uniform);
  std::vector<float> values(static_cast<size_t>(spec.num_values()));
  const int64_t pixels = spec.num_values() / std::ssize(uniform);
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    for (int64_t channel = 0; channel < std::ssize(uniform); ++channel) {
      const int64_t first = channel * pixels;
      if (first < place.first_value || first >= place.first_value + place.values) continue;
      const float value = ValueDraws(column).Value(key, static_cast<uint32_t>(channel), uniform[channel]);
      std::ranges::fill(std::span(values).subspan(first, pixels), value);
    }
  });
  Encode(spec, values, row);
}

// The Fisher-Yates shuffle of the pixels.
void Shuffle(const RandomKey& key, int64_t channels, std::span<float> row) {
  const size_t pixels = row.size() / static_cast<size_t>(channels);
  for (size_t last = pixels - 1; last > 0; --last) {
    const uint32_t other = UniformInteger(key, static_cast<uint32_t>(last), static_cast<uint32_t>(last) + 1);
    for (size_t first = 0; first < row.size(); first += pixels) std::swap(row[first + last], row[first + other]);
  }
}

void Invert(const ModelSpec& spec, std::span<float> row) {
  const MatrixBuffer ends = EncodedRanges(spec);
  for (size_t i = 0; i < row.size(); ++i) row[i] = ends.row(0)[i] + ends.row(1)[i] - row[i];
}

// The coordinates of each column from a row of its own.
void PermuteColumns(const ModelSpec& spec, ConstMatrix rows, const RandomKey& key, std::span<float> row) {
  ForEachColumn(spec, [&](const DataColumn& /*column*/, const ColumnPlace& place) {
    const uint32_t other =
        UniformInteger(key, static_cast<uint32_t>(place.first_coordinate), static_cast<uint32_t>(rows.rows()));
    std::ranges::copy(rows.row(other).subspan(place.first_coordinate, place.coordinates),
                      row.begin() + place.first_coordinate);
  });
}

void Interpolate(ConstMatrix rows, int64_t own, const RandomKey& key, std::span<float> row) {
  if (rows.rows() == 1) return;
  const uint32_t others = static_cast<uint32_t>(rows.rows()) - 1;
  const int64_t other = (own + 1 + UniformInteger(key, 0, others)) % rows.rows();
  for (size_t i = 0; i < row.size(); ++i) row[i] = 0.5F * (row[i] + rows.row(other)[i]);
}

// Turns `row`, a copy of row `own` of the data, into an outlier.
void Change(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, int64_t own, const RandomKey& key,
            std::span<float> row) {
  switch (kind) {
    case OutlierKind::kUniformNoise:
      return FillNoise(spec, key, row);
    case OutlierKind::kConstant:
      return FillConstant(spec, key, row);
    case OutlierKind::kShuffled:
      return Shuffle(key, ChannelsOf(spec), row);
    case OutlierKind::kInverted:
      return Invert(spec, row);
    case OutlierKind::kFlippedHorizontally:
      return FlipHorizontally(ImageShapeOf(spec), row);
    case OutlierKind::kFlippedVertically:
      return FlipVertically(ImageShapeOf(spec), row);
    case OutlierKind::kRotated180:
      return Rotate180(ImageShapeOf(spec), row);
    case OutlierKind::kInterpolated:
      return Interpolate(rows, own, key, row);
    case OutlierKind::kPermutedColumns:
      return PermuteColumns(spec, rows, key, row);
  }
}

}  // namespace

std::vector<OutlierKind> OutlierKindsFor(const ModelSpec& spec) {
  if (IsTable(spec)) {
    return {OutlierKind::kUniformNoise, OutlierKind::kPermutedColumns};
  }
  std::vector<OutlierKind> kinds = {OutlierKind::kUniformNoise, OutlierKind::kConstant, OutlierKind::kShuffled,
                                    OutlierKind::kInverted, OutlierKind::kInterpolated};
  if (!HasImageShape(spec)) return kinds;
  kinds.insert(kinds.end() - 1,
               {OutlierKind::kFlippedHorizontally, OutlierKind::kFlippedVertically, OutlierKind::kRotated180});
  return kinds;
}

std::string NameOf(OutlierKind kind) {
  switch (kind) {
    case OutlierKind::kUniformNoise:
      return "uniform_noise";
    case OutlierKind::kConstant:
      return "constant";
    case OutlierKind::kShuffled:
      return "shuffled";
    case OutlierKind::kInverted:
      return "inverted";
    case OutlierKind::kFlippedHorizontally:
      return "flipped_horizontally";
    case OutlierKind::kFlippedVertically:
      return "flipped_vertically";
    case OutlierKind::kRotated180:
      return "rotated_180";
    case OutlierKind::kInterpolated:
      return "interpolated";
    case OutlierKind::kPermutedColumns:
      return "permuted_columns";
  }
  return "unknown";
}

MatrixBuffer MakeOutliers(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, uint64_t seed) {
  MatrixBuffer made({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols());
  for (int64_t i = 0; i < rows.rows(); ++i) {
    Change(kind, spec, rows, i, KeyOf(kind, seed, i), made.row(i));
    RoundToLevels(spec, made.row(i));
  }
  return made;
}

}  // namespace ebm

#include "model/offline/data/outlier_rows.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "model/core/random.h"
#include "model/offline/data/mirror.h"
#include "model/spec/image_shape.h"

namespace ebm {
namespace {

// The draws of one row.
RandomKey KeyOf(OutlierKind kind, uint64_t seed, int64_t row) {
  return {.seed = seed,
          .stream = RandomStream::kEvaluation,
          .chain = static_cast<uint32_t>(row),
          .step = static_cast<uint32_t>(kind)};
}

// Values that the data could take, uniformly, in scaled units.
class ValueDraws {
 public:
  explicit ValueDraws(const ModelSpec& spec) : spec_(spec) {
    if (spec.data_step <= 0) return;
    first_ = std::ceil(double{spec.data_range.minimum} / spec.data_step);
    const double levels = std::floor(double{spec.data_range.maximum} / spec.data_step) - first_ + 1;
    levels_ = levels >= 1 && levels < kMostLevels ? static_cast<uint32_t>(levels) : 0;
  }

  void Fill(const RandomKey& key, std::span<float> values) const {
    if (levels_ == 0) return FillContinuous(key, values);
    for (size_t i = 0; i < values.size(); ++i) {
      const double multiple = first_ + UniformInteger(key, static_cast<uint32_t>(i), levels_);
      values[i] = spec_.scaling.ToScaled(static_cast<float>(multiple * spec_.data_step));
    }
  }

 private:
  static constexpr double kMostLevels = 1 << 24;  // more count as continuous

  void FillContinuous(const RandomKey& key, std::span<float> values) const {
    FillUniform(key, values);
    const DataRange& range = spec_.data_range;
    for (float& value : values) {
      value = spec_.scaling.ToScaled(range.minimum + (range.maximum - range.minimum) * value);
    }
  }

  const ModelSpec& spec_;
  double first_ = 0;     // the least multiple of the step within the range, in steps
  uint32_t levels_ = 0;  // multiples within the range; 0: continuous
};

void FillConstant(const ValueDraws& draws, const RandomKey& key, std::span<float> row) {
  draws.Fill(key, row.first(1));
  std::ranges::fill(row, row.front());
}

// The Fisher-Yates shuffle.
void Shuffle(const RandomKey& key, std::span<float> row) {
  for (size_t last = row.size() - 1; last > 0; --last) {
    std::swap(row[last], row[UniformInteger(key, static_cast<uint32_t>(last), static_cast<uint32_t>(last) + 1)]);
  }
}

void Invert(const ModelSpec& spec, std::span<float> row) {
  const float ends = spec.scaling.ToScaled(spec.data_range.minimum) + spec.scaling.ToScaled(spec.data_range.maximum);
  for (float& value : row) value = ends - value;
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
      return ValueDraws(spec).Fill(key, row);
    case OutlierKind::kConstant:
      return FillConstant(ValueDraws(spec), key, row);
    case OutlierKind::kShuffled:
      return Shuffle(key, row);
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
  }
}

}  // namespace

std::vector<OutlierKind> OutlierKindsFor(const ModelSpec& spec) {
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
  }
  return "unknown";
}

MatrixBuffer MakeOutliers(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, uint64_t seed) {
  MatrixBuffer made({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols());
  for (int64_t i = 0; i < rows.rows(); ++i) Change(kind, spec, rows, i, KeyOf(kind, seed, i), made.row(i));
  return made;
}

}  // namespace ebm

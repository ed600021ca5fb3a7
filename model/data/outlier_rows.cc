#include "model/data/outlier_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/core/parameter_layout.h"
#include "model/core/random.h"

namespace ebm {
namespace {

RandomKey KeyOf(uint64_t seed, int64_t row) {
  return {.seed = seed, .stream = RandomStream::kEvaluation, .chain = static_cast<uint32_t>(row)};
}

// u on [0, 1) to the data's range, in scaled units.
float OnRange(const ModelSpec& spec, float u) {
  const auto [minimum, maximum] = spec.data_range;
  if (spec.data_step == 0) return spec.scaling.ToScaled(minimum + u * (maximum - minimum));
  const float steps = std::floor((maximum - minimum) / spec.data_step + 0.5F);
  return spec.scaling.ToScaled(minimum + spec.data_step * std::floor(u * (steps + 1)));
}

void FillNoise(const ModelSpec& spec, uint64_t seed, int64_t row, std::span<float> out) {
  FillUniform(KeyOf(seed, row), out);
  for (float& value : out) value = OnRange(spec, value);
}

void FillConstant(const ModelSpec& spec, uint64_t seed, int64_t row, std::span<float> out) {
  float u = 0;
  FillUniform(KeyOf(seed, row), {&u, 1});
  std::ranges::fill(out, OnRange(spec, u));
}

// Fisher and Yates.
void Shuffle(uint64_t seed, int64_t row, std::span<float> out) {
  for (size_t i = out.size(); i > 1; --i) {
    const auto index = static_cast<uint32_t>(i - 1);
    std::swap(out[i - 1], out[UniformInteger(KeyOf(seed, row), index, static_cast<uint32_t>(i))]);
  }
}

void Invert(const ModelSpec& spec, std::span<float> out) {
  const float sum = spec.scaling.ToScaled(spec.data_range.minimum) + spec.scaling.ToScaled(spec.data_range.maximum);
  for (float& value : out) value = sum - value;
}

void Flip(const ModelSpec& spec, bool horizontally, bool vertically, std::span<float> out) {
  const ImageShape image = ImageShapeOf(spec);
  const auto pixels = static_cast<size_t>(image.height * image.width);
  for (size_t first = 0; first < out.size(); first += pixels) {
    const std::span<float> channel = out.subspan(first, pixels);
    if (horizontally == vertically) {
      std::ranges::reverse(channel);
      continue;
    }
    for (int64_t i = 0; horizontally && i < image.height; ++i) {
      std::ranges::reverse(channel.subspan(i * image.width, image.width));
    }
    for (int64_t i = 0; vertically && i < image.height / 2; ++i) {
      const auto upper = channel.subspan(i * image.width, image.width);
      std::ranges::swap_ranges(upper, channel.subspan((image.height - 1 - i) * image.width, image.width));
    }
  }
}

}  // namespace

std::vector<OutlierKind> OutlierKindsFor(const ModelSpec& spec) {
  std::vector<OutlierKind> kinds = {OutlierKind::kUniformNoise, OutlierKind::kConstant, OutlierKind::kShuffled,
                                    OutlierKind::kInverted, OutlierKind::kInterpolated};
  if (!HasImageShape(spec)) return kinds;
  kinds.insert(kinds.end(),
               {OutlierKind::kFlippedHorizontally, OutlierKind::kFlippedVertically, OutlierKind::kRotated});
  return kinds;
}

std::string NameOf(OutlierKind kind) {
  switch (kind) {
    case OutlierKind::kUniformNoise:
      return "noise";
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
    case OutlierKind::kRotated:
      return "rotated";
    case OutlierKind::kInterpolated:
      return "interpolated";
  }
  return "";
}

MatrixBuffer MakeOutliers(OutlierKind kind, const ModelSpec& spec, ConstMatrix rows, uint64_t seed) {
  MatrixBuffer made({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols());
  for (int64_t row = 0; row < made.rows(); ++row) {
    const std::span<float> out = made.row(row);
    switch (kind) {
      case OutlierKind::kUniformNoise:
        FillNoise(spec, seed, row, out);
        break;
      case OutlierKind::kConstant:
        FillConstant(spec, seed, row, out);
        break;
      case OutlierKind::kShuffled:
        Shuffle(seed, row, out);
        break;
      case OutlierKind::kInverted:
        Invert(spec, out);
        break;
      case OutlierKind::kFlippedHorizontally:
        Flip(spec, true, false, out);
        break;
      case OutlierKind::kFlippedVertically:
        Flip(spec, false, true, out);
        break;
      case OutlierKind::kRotated:
        Flip(spec, true, true, out);
        break;
      case OutlierKind::kInterpolated: {
        const std::span<const float> next = rows.row((row + 1) % rows.rows());
        for (size_t i = 0; i < out.size(); ++i) out[i] = 0.5F * (out[i] + next[i]);
        break;
      }
    }
  }
  return made;
}

}  // namespace ebm

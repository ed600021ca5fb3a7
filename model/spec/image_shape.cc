#include "model/spec/image_shape.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ebm {
namespace {

constexpr int64_t kGray = 1;
constexpr int64_t kRedGreenBlue = 3;

std::optional<ImageShape> FindImageShape(std::span<const int64_t> input_shape) {
  if (input_shape.size() == 2) return ImageShape{.channels = 1, .height = input_shape[0], .width = input_shape[1]};
  if (input_shape.size() != 3) return std::nullopt;
  return ImageShape{.channels = input_shape[0], .height = input_shape[1], .width = input_shape[2]};
}

// The least range of every channel that has those of its columns. REQUIRES: the inputs among the columns divide the
// image's values.
std::vector<DataRange> RangesOfChannels(const ImageShape& image, const std::vector<DataColumn>& columns,
                                        int64_t values_per_column) {
  const DataRange none = {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
  std::vector<DataRange> ranges(static_cast<size_t>(image.channels), none);
  int64_t first = 0;
  for (const DataColumn& column : columns) {
    if (!column.is_input()) continue;
    const int64_t last_channel = (first + values_per_column - 1) / image.pixels();
    for (int64_t channel = first / image.pixels(); channel <= last_channel; ++channel) {
      DataRange& range = ranges[static_cast<size_t>(channel)];
      range.minimum = std::min(range.minimum, column.range.minimum);
      range.maximum = std::max(range.maximum, column.range.maximum);
    }
    first += values_per_column;
  }
  return ranges;
}

}  // namespace

bool HasImageShape(const ModelSpec& spec) {
  return FindImageShape(spec.input_shape).has_value() && spec.dimension() == spec.num_values();
}

ImageShape ImageShapeOf(const ModelSpec& spec) { return *FindImageShape(spec.input_shape); }

float PictureFormat::Brightness(std::span<const float> row, int64_t pixel, int64_t channel) const {
  const DataRange& range = ranges[static_cast<size_t>(channel)];
  const float value = row[static_cast<size_t>(channel * shape.pixels() + pixel)];
  const float fraction = (value - range.minimum) / (range.maximum - range.minimum);
  return std::isnan(fraction) ? 0.0F : std::clamp(fraction, 0.0F, 1.0F);
}

std::optional<PictureFormat> FindPictureFormat(std::span<const int64_t> input_shape,
                                               const std::vector<DataColumn>& columns) {
  const std::optional<ImageShape> image = FindImageShape(input_shape);
  if (!image.has_value() || (image->channels != kGray && image->channels != kRedGreenBlue)) return std::nullopt;
  const int64_t values = image->channels * image->pixels();
  const int64_t inputs = std::ranges::count_if(columns, &DataColumn::is_input);
  if (inputs == 0 || values % inputs != 0) return std::nullopt;
  return PictureFormat{.shape = *image, .ranges = RangesOfChannels(*image, columns, values / inputs)};
}

std::optional<PictureFormat> FindPictureFormat(const ModelSpec& spec) {
  return FindPictureFormat(spec.input_shape, spec.columns);
}

}  // namespace ebm

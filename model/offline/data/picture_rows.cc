#include "model/offline/data/picture_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/offline/data/column_kind.h"
#include "model/offline/data/scaling.h"

namespace ebm {
namespace {

constexpr size_t kPictureAxes = 4;  // [n, channels, height, width], or the channels last
constexpr const char* kChannelNames[] = {"red", "green", "blue"};

float ValueOfPixel(uint8_t pixel, const DataRange& range) {
  return range.minimum + (range.maximum - range.minimum) * static_cast<float>(pixel) / 255.0F;
}

std::span<const uint8_t> PlaneOfSet(const PictureSet& pictures, int64_t picture, int64_t channel) {
  const int64_t plane = pictures.height * pictures.width;
  const int64_t first = picture * pictures.values() + channel * plane;
  return std::span(pictures.pixels).subspan(static_cast<size_t>(first), static_cast<size_t>(plane));
}

bool AreGray(const PictureSet& pictures) {
  for (int64_t i = 0; i < pictures.count(); ++i) {
    const std::span<const uint8_t> red = PlaneOfSet(pictures, i, 0);
    if (!std::ranges::equal(red, PlaneOfSet(pictures, i, 1))) return false;
    if (!std::ranges::equal(red, PlaneOfSet(pictures, i, 2))) return false;
  }
  return true;
}

void FillGray(const PictureSet& pictures, int64_t picture, const DataRange& range, std::span<float> row) {
  const std::span<const uint8_t> red = PlaneOfSet(pictures, picture, 0);
  const std::span<const uint8_t> green = PlaneOfSet(pictures, picture, 1);
  const std::span<const uint8_t> blue = PlaneOfSet(pictures, picture, 2);
  for (size_t i = 0; i < row.size(); ++i) row[i] = ValueOfPixel(Luminance(red[i], green[i], blue[i]), range);
}

void FillColors(const PictureSet& pictures, int64_t picture, std::span<const DataRange> ranges, std::span<float> row) {
  for (int64_t channel = 0; channel < kColorChannels; ++channel) {
    const std::span<const uint8_t> plane = PlaneOfSet(pictures, picture, channel);
    const DataRange& range = ranges[static_cast<size_t>(channel)];
    const std::span<float> values = row.subspan(static_cast<size_t>(channel) * plane.size(), plane.size());
    std::ranges::transform(plane, values.begin(), [&range](uint8_t pixel) { return ValueOfPixel(pixel, range); });
  }
}

// [n, h, w] or [n, 3, h, w].
StoredArray RowsOf(const PictureSet& pictures, const PictureFormat& format) {
  StoredArray array = {.shape = {pictures.count(), pictures.height, pictures.width}, .rows = {}};
  if (format.is_color()) array.shape.insert(array.shape.begin() + 1, kColorChannels);
  array.rows = MatrixBuffer(pictures.count(), format.shape.channels * format.shape.pixels());
  for (int64_t i = 0; i < pictures.count(); ++i) {
    if (format.is_color()) {
      FillColors(pictures, i, format.ranges, array.rows.row(i));
    } else {
      FillGray(pictures, i, format.ranges.front(), array.rows.row(i));
    }
  }
  return array;
}

// The side of a square; 0 if the area is not that of one.
int64_t SideOf(int64_t area) {
  const int64_t side = std::llround(std::sqrt(static_cast<double>(area)));
  return side * side == area ? side : 0;
}

// The shape of a flat picture. The columns of a table are no pixels.
std::vector<int64_t> ShapeOfFlat(const InputFormat& format) {
  const int64_t values = format.input_shape.front();
  const auto inputs = std::ranges::count_if(format.columns, &DataColumn::is_input);
  if (const int64_t side = SideOf(values); side > 0 && ArePlain(format.columns)) return {side, side};
  const bool has_channels = inputs == kColorChannels && values > kColorChannels && values % kColorChannels == 0;
  const int64_t side = has_channels ? SideOf(values / kColorChannels) : 0;
  return side > 0 ? std::vector<int64_t>{kColorChannels, side, side} : format.input_shape;
}

std::vector<int64_t> WithoutOnes(std::span<const int64_t> shape) {
  std::vector<int64_t> kept;
  std::ranges::copy_if(shape, std::back_inserter(kept), [](int64_t size) { return size != 1; });
  return kept;
}

bool MayBeChannels(int64_t size) { return size == 1 || size == kColorChannels; }

enum class ChannelPlace { kFirst, kLast, kUnknown };

// item: [a, b, c].
absl::StatusOr<ChannelPlace> FindChannels(std::span<const int64_t> item, std::span<const int64_t> shape,
                                          absl::string_view source) {
  if (shape.size() > 1) {
    if (HaveSameShape(item, shape)) {
      if (MayBeChannels(item[0])) return ChannelPlace::kFirst;
      return item[2] == 1 ? ChannelPlace::kLast : ChannelPlace::kUnknown;
    }
    const int64_t moved[] = {item[2], item[0], item[1]};
    return HaveSameShape(moved, shape) ? ChannelPlace::kLast : ChannelPlace::kUnknown;
  }
  if (MayBeChannels(item[0]) && MayBeChannels(item[2])) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": items of ", absl::StrJoin(item, " x "),
                     " values, whose channels may be first or last; state the shape of a row as --shape=c,h,w"));
  }
  if (MayBeChannels(item[0])) return ChannelPlace::kFirst;
  return MayBeChannels(item[2]) ? ChannelPlace::kLast : ChannelPlace::kUnknown;
}

// [h, w, c] -> [c, h, w] in every row.
void MoveChannels(size_t channels, MatrixBuffer& rows) {
  std::vector<float> moved(static_cast<size_t>(rows.cols()));
  const size_t plane = moved.size() / channels;
  for (int64_t r = 0; r < rows.rows(); ++r) {
    const std::span<float> row = rows.row(r);
    for (size_t i = 0; i < moved.size(); ++i) moved[i % channels * plane + i / channels] = row[i];
    std::ranges::copy(moved, row.begin());
  }
}

// For numbers of one unit; 0: continuous.
float StepOfPictures(ConstMatrix rows) {
  const bool are_whole =
      std::ranges::all_of(rows.values(), [](float value) { return std::isnan(value) || value == std::floor(value); });
  return are_whole ? StepOfWholeNumbers(RangeOf(rows)) : 0;
}

}  // namespace

bool HaveSameShape(std::span<const int64_t> a, std::span<const int64_t> b) { return WithoutOnes(a) == WithoutOnes(b); }

std::optional<PictureFormat> PictureFormatOf(const InputFormat& format) {
  const bool is_flat = format.input_shape.size() == 1;
  return FindPictureFormat(is_flat ? ShapeOfFlat(format) : format.input_shape, format.columns);
}

PictureSet OnePicture(const ColorImage& image) {
  PictureSet set = {.height = image.height, .width = image.width, .pixels = {}};
  set.Append(image);
  return set;
}

StoredArray PictureRows(const PictureSet& pictures, std::span<const int64_t> shape) {
  const bool is_stated = shape.size() == 2 || shape.size() == 3;
  const bool in_color = is_stated ? DescribedChannels(shape) == kColorChannels : !AreGray(pictures);
  const int64_t channels = in_color ? kColorChannels : 1;
  return RowsOf(pictures, {.shape = {.channels = channels, .height = pictures.height, .width = pictures.width},
                           .ranges = std::vector<DataRange>(static_cast<size_t>(channels), kPictureRange)});
}

absl::StatusOr<StoredArray> PictureRowsForModel(const PictureSet& pictures, const std::string& source,
                                                const InputFormat& format) {
  const std::optional<PictureFormat> taken = PictureFormatOf(format);
  if (!taken.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": a picture; the model's inputs, of shape [",
                                                   absl::StrJoin(format.input_shape, ", "), "], are not pictures"));
  }
  const ImageShape& shape = taken->shape;
  if (pictures.width != shape.width || pictures.height != shape.height) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": a picture of ", pictures.width, " x ", pictures.height,
                                                   " pixels; the model takes ", shape.width, " x ", shape.height));
  }
  return RowsOf(pictures, *taken);
}

absl::StatusOr<StoredArray> WithChannelsFirst(StoredArray array, std::span<const int64_t> shape,
                                              absl::string_view source) {
  if (array.shape.size() != kPictureAxes) return array;
  const std::vector<int64_t> item(array.shape.begin() + 1, array.shape.end());
  EBM_ASSIGN_OR_RETURN(const ChannelPlace place, FindChannels(item, shape, source));
  if (place == ChannelPlace::kUnknown) return array;
  const int64_t channels = place == ChannelPlace::kFirst ? item[0] : item[2];
  if (place == ChannelPlace::kLast) {
    MoveChannels(static_cast<size_t>(channels), array.rows);
    array.shape = {array.shape[0], item[2], item[0], item[1]};
  }
  if (channels == 1) array.shape.erase(array.shape.begin() + 1);
  return array;
}

int64_t DescribedChannels(std::span<const int64_t> shape) {
  return shape.size() == 3 && shape[0] == kColorChannels ? kColorChannels : 1;
}

std::vector<DataColumn> DescribePictures(ConstMatrix rows, int64_t channels, const std::optional<DataRange>& range,
                                         std::optional<float> step) {
  std::vector<DataColumn> columns;
  columns.reserve(static_cast<size_t>(channels));
  const float chosen = step.has_value() ? *step : StepOfPictures(rows);
  for (int64_t channel = 0; channel < channels; ++channel) {
    columns.push_back(
        {.name = channels == kColorChannels ? kChannelNames[channel] : "",
         .range = range.has_value() ? *range : RangeOf(rows, channel * rows.cols() / channels, rows.cols() / channels),
         .step = chosen});
  }
  return columns;
}

}  // namespace ebm

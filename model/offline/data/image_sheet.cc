#include "model/offline/data/image_sheet.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace ebm {
namespace {

constexpr uint8_t kPaddingGray = 64;
constexpr float kBrightest = 255.0F;

int64_t NearlySquare(int64_t count, const ImageShape& image) {
  const double aspect = static_cast<double>(image.height) / static_cast<double>(image.width);
  const auto columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count) * aspect)));
  return std::clamp(columns, int64_t{1}, count);
}

// The bytes of a sheet, [height, width, channels].
struct Canvas {
  SheetSize size;
  int64_t channels = 1;
  std::vector<uint8_t> bytes;

  uint8_t& at(int64_t y, int64_t x, int64_t channel) {
    return bytes[static_cast<size_t>((y * size.width + x) * channels + channel)];
  }
};

// Draws one picture with its upper left pixel at (top, left).
void Draw(std::span<const float> row, const SheetLayout& layout, int64_t top, int64_t left, Canvas& sheet) {
  const ImageShape& image = layout.picture.shape;
  for (int64_t y = 0; y < image.height * layout.scale; ++y) {
    for (int64_t x = 0; x < image.width * layout.scale; ++x) {
      const int64_t pixel = y / layout.scale * image.width + x / layout.scale;
      for (int64_t channel = 0; channel < image.channels; ++channel) {
        const float brightness = layout.picture.Brightness(row, pixel, channel);
        sheet.at(top + y, left + x, channel) = static_cast<uint8_t>(std::lround(kBrightest * brightness));
      }
    }
  }
}

int64_t ColumnsFor(int64_t images, const SheetLayout& layout) {
  return layout.columns > 0 ? layout.columns : NearlySquare(images, layout.picture.shape);
}

// From the left edge of one picture to that of the next; PitchY: from the upper edge.
int64_t PitchX(const SheetLayout& layout) { return layout.picture.shape.width * layout.scale + layout.padding; }
int64_t PitchY(const SheetLayout& layout) { return layout.picture.shape.height * layout.scale + layout.padding; }

}  // namespace

SheetSize SizeOfSheet(int64_t images, const SheetLayout& layout) {
  const int64_t columns = ColumnsFor(images, layout);
  const int64_t lines = (images + columns - 1) / columns;
  return {.width = columns * PitchX(layout) + layout.padding, .height = lines * PitchY(layout) + layout.padding};
}

GrayOrColorImage RenderSheet(ConstMatrix images, const SheetLayout& layout) {
  const int64_t columns = ColumnsFor(images.rows(), layout);
  const SheetSize size = SizeOfSheet(images.rows(), layout);
  Canvas sheet{.size = size, .channels = layout.picture.shape.channels, .bytes = {}};
  sheet.bytes.assign(static_cast<size_t>(size.width * size.height * sheet.channels), kPaddingGray);
  for (int64_t i = 0; i < images.rows(); ++i) {
    const int64_t top = layout.padding + i / columns * PitchY(layout);
    const int64_t left = layout.padding + i % columns * PitchX(layout);
    Draw(images.row(i), layout, top, left, sheet);
  }
  if (!layout.picture.is_color()) return GrayImage{size.width, size.height, std::move(sheet.bytes)};
  return ColorImage{size.width, size.height, std::move(sheet.bytes)};
}

}  // namespace ebm

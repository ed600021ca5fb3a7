#include "model/offline/data/image_sheet.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace ebm {
namespace {

constexpr uint8_t kPaddingGray = 64;

uint8_t GrayOf(float value, const DataRange& range) {
  const float fraction = (value - range.minimum) / (range.maximum - range.minimum);
  return static_cast<uint8_t>(std::lround(255.0F * std::clamp(fraction, 0.0F, 1.0F)));
}

int64_t NearlySquare(int64_t count, const SheetLayout& layout) {
  const double aspect = static_cast<double>(layout.image_height) / static_cast<double>(layout.image_width);
  const auto columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count) * aspect)));
  return std::clamp(columns, int64_t{1}, count);
}

// Draws one picture with its upper left pixel at (top, left).
void Draw(std::span<const float> image, const SheetLayout& layout, int64_t top, int64_t left, GrayImage& sheet) {
  for (int64_t y = 0; y < layout.image_height * layout.scale; ++y) {
    for (int64_t x = 0; x < layout.image_width * layout.scale; ++x) {
      const int64_t pixel = y / layout.scale * layout.image_width + x / layout.scale;
      sheet.at(top + y, left + x) = GrayOf(image[static_cast<size_t>(pixel)], layout.range);
    }
  }
}

int64_t ColumnsFor(int64_t images, const SheetLayout& layout) {
  return layout.columns > 0 ? layout.columns : NearlySquare(images, layout);
}

// From the left edge of one picture to that of the next; PitchY: from the upper edge.
int64_t PitchX(const SheetLayout& layout) { return layout.image_width * layout.scale + layout.padding; }
int64_t PitchY(const SheetLayout& layout) { return layout.image_height * layout.scale + layout.padding; }

}  // namespace

SheetSize SizeOfSheet(int64_t images, const SheetLayout& layout) {
  const int64_t columns = ColumnsFor(images, layout);
  const int64_t lines = (images + columns - 1) / columns;
  return {.width = columns * PitchX(layout) + layout.padding, .height = lines * PitchY(layout) + layout.padding};
}

GrayImage RenderSheet(ConstMatrix images, const SheetLayout& layout) {
  const int64_t columns = ColumnsFor(images.rows(), layout);
  const SheetSize size = SizeOfSheet(images.rows(), layout);
  GrayImage sheet{.width = size.width, .height = size.height, .pixels = {}};
  sheet.pixels.assign(static_cast<size_t>(sheet.width * sheet.height), kPaddingGray);
  for (int64_t i = 0; i < images.rows(); ++i) {
    const int64_t top = layout.padding + i / columns * PitchY(layout);
    const int64_t left = layout.padding + i % columns * PitchX(layout);
    Draw(images.row(i), layout, top, left, sheet);
  }
  return sheet;
}

std::vector<float> ImageValues(const GrayImage& image, const DataRange& range) {
  std::vector<float> values;
  values.reserve(image.pixels.size());
  for (const uint8_t gray : image.pixels) {
    values.push_back(range.minimum + (range.maximum - range.minimum) * static_cast<float>(gray) / 255.0F);
  }
  return values;
}

}  // namespace ebm

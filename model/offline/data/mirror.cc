#include "model/offline/data/mirror.h"

#include <algorithm>

namespace ebm {

void FlipHorizontally(const ImageShape& image, std::span<float> row) {
  const auto width = static_cast<size_t>(image.width);
  for (size_t first = 0; first < row.size(); first += width) std::ranges::reverse(row.subspan(first, width));
}

void Rotate180(const ImageShape& image, std::span<float> row) {
  const auto pixels = static_cast<size_t>(image.height * image.width);
  for (size_t first = 0; first < row.size(); first += pixels) std::ranges::reverse(row.subspan(first, pixels));
}

void FlipVertically(const ImageShape& image, std::span<float> row) {
  Rotate180(image, row);
  FlipHorizontally(image, row);
}

}  // namespace ebm

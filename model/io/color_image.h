// An 8-bit colour picture in memory, and a picture that is gray or in colour.

#ifndef EBM_MODEL_IO_COLOR_IMAGE_H_
#define EBM_MODEL_IO_COLOR_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "model/io/gray_image.h"

namespace ebm {

inline constexpr int64_t kColorChannels = 3;

// pixels: [height, width, 3], row-major; red, green, blue, each 0 to 255.
struct ColorImage {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> pixels;

  uint8_t at(int64_t y, int64_t x, int64_t channel) const {
    return pixels[static_cast<size_t>((y * width + x) * kColorChannels + channel)];
  }

  friend bool operator==(const ColorImage&, const ColorImage&) = default;
};

using GrayOrColorImage = std::variant<GrayImage, ColorImage>;

// The luminance 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), rounded as Pillow's Image.convert("L") rounds it. Exact
// for pixels whose channels are equal.
uint8_t Luminance(uint8_t red, uint8_t green, uint8_t blue);
GrayImage ToGray(const ColorImage& image);

}  // namespace ebm

#endif  // EBM_MODEL_IO_COLOR_IMAGE_H_

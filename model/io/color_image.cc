#include "model/io/color_image.h"

namespace ebm {
namespace {

// Weights in units of 2^-16, which sum to 2^16.
constexpr uint32_t kRed = 19595;
constexpr uint32_t kGreen = 38470;
constexpr uint32_t kBlue = 7471;
constexpr uint32_t kHalf = 1U << 15;

}  // namespace

uint8_t Luminance(uint8_t red, uint8_t green, uint8_t blue) {
  return static_cast<uint8_t>((kRed * red + kGreen * green + kBlue * blue + kHalf) >> 16);
}

GrayImage ToGray(const ColorImage& image) {
  GrayImage gray{.width = image.width, .height = image.height, .pixels = {}};
  gray.pixels.reserve(static_cast<size_t>(image.width * image.height));
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      gray.pixels.push_back(Luminance(image.at(y, x, 0), image.at(y, x, 1), image.at(y, x, 2)));
    }
  }
  return gray;
}

}  // namespace ebm

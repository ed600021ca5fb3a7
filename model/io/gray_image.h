// An 8-bit gray picture in memory.

#ifndef EBM_MODEL_IO_GRAY_IMAGE_H_
#define EBM_MODEL_IO_GRAY_IMAGE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ebm {

// pixels: [height, width], row-major, 0 black to 255 white.
struct GrayImage {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<uint8_t> pixels;

  uint8_t& at(int64_t y, int64_t x) { return pixels[static_cast<size_t>(y * width + x)]; }
  uint8_t at(int64_t y, int64_t x) const { return pixels[static_cast<size_t>(y * width + x)]; }

  friend bool operator==(const GrayImage&, const GrayImage&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_GRAY_IMAGE_H_

// Pictures of one size: what a folder of pictures and CIFAR-10's files hold.

#ifndef EBM_MODEL_IO_PICTURE_SET_H_
#define EBM_MODEL_IO_PICTURE_SET_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/io/color_image.h"

namespace ebm {

// pixels: [n, 3, height, width]: each picture's red values, then the green and the blue ones, 0 to 255.
struct PictureSet {
  int64_t height = 0;
  int64_t width = 0;
  std::vector<uint8_t> pixels;

  int64_t values() const { return kColorChannels * height * width; }  // of a picture
  int64_t count() const { return static_cast<int64_t>(pixels.size()) / values(); }

  // REQUIRES: an image of this height and width.
  void Append(const ColorImage& image) {
    for (size_t channel = 0; channel < kColorChannels; ++channel) {
      for (size_t i = channel; i < image.pixels.size(); i += kColorChannels) pixels.push_back(image.pixels[i]);
    }
  }
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_PICTURE_SET_H_

// Small random changes of training rows, so that a network sees no row twice: noise for all data, and for pictures
// small affine maps.
//
// A picture's map takes each output pixel from
//
//   source = s R(angle) (pixel - centre) + centre + shift,   s in 1 +- scale, angle in +-rotation, shift in +-shift^2
//
// each drawn uniformly; values between pixels are bilinear and outside the picture is background.
//
// All draws are functions of (seed, row, epoch): an epoch that runs again sees the same rows.

#ifndef EBM_MODEL_TRAIN_AUGMENTATION_H_
#define EBM_MODEL_TRAIN_AUGMENTATION_H_

#include <cstdint>
#include <span>

namespace ebm {

struct AffineJitter {
  float shift = 0.0F;     // pixels
  float rotation = 0.0F;  // radians
  float scale = 0.0F;     // relative

  bool any() const { return shift > 0 || rotation > 0 || scale > 0; }
};

// Which training row, and when.
struct RowVisit {
  uint64_t seed = 0;
  uint32_t row = 0;
  uint32_t epoch = 0;
};

// picture, out: [height * width], row-major; they must not overlap.
void JitterPicture(const AffineJitter& jitter, const RowVisit& visit, int64_t height, int64_t width, float background,
                   std::span<const float> picture, std::span<float> out);

// Adds N(0, scale^2) to every value.
void AddDataNoise(float scale, const RowVisit& visit, std::span<float> row);

}  // namespace ebm

#endif  // EBM_MODEL_TRAIN_AUGMENTATION_H_

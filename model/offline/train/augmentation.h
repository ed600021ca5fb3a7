// Small random changes of training rows, so that a network never sees the same row twice: noise for all data, and for
// pictures small affine maps and smooth deformations.
//
// A picture's map takes each output pixel from
//
//   source = s R(angle) H (pixel - centre) + centre + shift + field(pixel)
//
// with s in 1 +- scale, angle in +-rotation, H a shear of x by y in +-shear and shift in +-shift^2, each drawn
// uniformly; values between pixels are bilinear and outside the picture is background. With `mirrors`, a map is also
// mirrored left to right with probability 1/2.
//
// All draws are functions of (seed, row, epoch): an epoch that runs again sees the same rows.

#ifndef EBM_MODEL_OFFLINE_TRAIN_AUGMENTATION_H_
#define EBM_MODEL_OFFLINE_TRAIN_AUGMENTATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/spec/image_shape.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct PictureJitter {
  float shift = 0.0F;     // pixels
  float rotation = 0.0F;  // radians
  float scale = 0.0F;     // relative
  float shear = 0.0F;     // at most; pixels sideways per pixel down
  // Standard deviation, in pixels, of a smooth field of displacements: normal at the corners of a grid of
  // kDeformationCells by kDeformationCells cells over the picture, bilinear between (elastic deformation; Simard et al.
  // 2003, "Best practices for convolutional neural networks applied to visual document analysis").
  float deformation = 0.0F;

  bool mirrors = false;  // for data where left and right do not matter, such as clothes

  static constexpr int kDeformationCells = 3;

  bool any() const { return shift > 0 || rotation > 0 || scale > 0 || shear > 0 || deformation > 0 || mirrors; }
};

// Identifies a visit to a training row.
struct RowVisit {
  uint64_t seed = 0;
  uint32_t row = 0;
  uint32_t epoch = 0;
};

// [channels]: the least values, scaled, which are black. Empty for rows that are no images.
std::vector<float> BackgroundOf(const ModelSpec& spec);

// picture, out: [channels * height * width]; they must not overlap. Every channel is mapped in the same way.
// background: [channels].
void JitterPicture(const PictureJitter& jitter, const RowVisit& visit, const ImageShape& image,
                   std::span<const float> background, std::span<const float> picture, std::span<float> out);

// row: [channels * height * width]. Mirrors it left to right, upside down, or both, each with probability 1/3.
void MirrorRow(const RowVisit& visit, const ImageShape& image, std::span<float> row);

// Adds N(0, scale^2) to every value.
void AddDataNoise(float scale, const RowVisit& visit, std::span<float> row);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_AUGMENTATION_H_

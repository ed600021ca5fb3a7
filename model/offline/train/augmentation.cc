#include "model/offline/train/augmentation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/core/random.h"
#include "model/offline/data/mirror.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

struct Picture {
  std::span<const float> values;
  int64_t height;
  int64_t width;
  float background;

  float At(int64_t y, int64_t x) const {
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? values[y * width + x] : background;
  }

  float Bilinear(float y, float x) const {
    const float y0 = std::floor(y);
    const float x0 = std::floor(x);
    const float wy = y - y0;
    const float wx = x - x0;
    const auto iy = static_cast<int64_t>(y0);
    const auto ix = static_cast<int64_t>(x0);
    const float upper = (1 - wx) * At(iy, ix) + wx * At(iy, ix + 1);
    const float lower = (1 - wx) * At(iy + 1, ix) + wx * At(iy + 1, ix + 1);
    return (1 - wy) * upper + wy * lower;
  }
};

// Draws on [-1, 1) for scale, rotation, the shifts along y and x, shear, and mirroring.
std::array<float, 6> SignedDraws(const RowVisit& visit) {
  std::array<float, 6> draws;
  FillUniform({.seed = visit.seed, .stream = RandomStream::kDataAugmentation, .chain = visit.row, .step = visit.epoch},
              draws);
  for (float& draw : draws) draw = 2 * draw - 1;
  return draws;
}

// In pixels: a place in a picture, or a distance from one.
struct Position {
  float y = 0;
  float x = 0;
};

// The smooth field of displacements of one visit to a row.
class DeformationField {
 public:
  DeformationField(float scale, const RowVisit& visit, int64_t height, int64_t width)
      : scale_(scale), cells_per_row_(CellsPer(height)), cells_per_column_(CellsPer(width)) {
    if (scale_ == 0) return;
    FillNormal({.seed = visit.seed, .stream = RandomStream::kDeformation, .chain = visit.row, .step = visit.epoch},
               normals_);
  }

  Position At(int64_t row, int64_t column) const {
    if (scale_ == 0) return {};
    const float y = static_cast<float>(row) * cells_per_row_;
    const float x = static_cast<float>(column) * cells_per_column_;
    return {.y = scale_ * Grid(0).Bilinear(y, x), .x = scale_ * Grid(1).Bilinear(y, x)};
  }

 private:
  static constexpr int64_t kCorners = PictureJitter::kDeformationCells + 1;

  static float CellsPer(int64_t pixels) {
    return static_cast<float>(PictureJitter::kDeformationCells) / static_cast<float>(std::max<int64_t>(pixels - 1, 1));
  }
  Picture Grid(int64_t axis) const {
    constexpr int64_t kCount = kCorners * kCorners;
    return {std::span(normals_).subspan(axis * kCount, kCount), kCorners, kCorners, 0};
  }

  const float scale_;
  const float cells_per_row_;
  const float cells_per_column_;
  std::array<float, 2 * kCorners* kCorners> normals_ = {};
};

// The map of one visit to a picture (augmentation.h).
class PictureMap {
 public:
  PictureMap(const PictureJitter& jitter, const RowVisit& visit, const ImageShape& image)
      : PictureMap(jitter, visit, image, SignedDraws(visit)) {}

  // The position in the source from which the pixel is taken.
  Position SourceOf(int64_t row, int64_t column) const {
    const float y = static_cast<float>(row) - centre_.y;
    const float x = direction_ * (static_cast<float>(column) - centre_.x) + shear_ * y;
    const Position moved = field_.At(row, column);
    return {.y = sine_ * x + cosine_ * y + centre_.y + shift_.y + moved.y,
            .x = cosine_ * x - sine_ * y + centre_.x + shift_.x + moved.x};
  }

 private:
  PictureMap(const PictureJitter& jitter, const RowVisit& visit, const ImageShape& image,
             const std::array<float, 6>& draws)
      : centre_{.y = static_cast<float>(image.height - 1) / 2, .x = static_cast<float>(image.width - 1) / 2},
        cosine_((1 + jitter.scale * draws[0]) * std::cos(jitter.rotation * draws[1])),
        sine_((1 + jitter.scale * draws[0]) * std::sin(jitter.rotation * draws[1])),
        shift_{.y = jitter.shift * draws[2], .x = jitter.shift * draws[3]},
        shear_(jitter.shear * draws[4]),
        direction_(jitter.mirrors && draws[5] < 0 ? -1.0F : 1.0F),
        field_(jitter.deformation, visit, image.height, image.width) {}

  const Position centre_;
  const float cosine_;
  const float sine_;
  const Position shift_;
  const float shear_;
  const float direction_;  // -1: mirrored
  const DeformationField field_;
};

}  // namespace

void JitterPicture(const PictureJitter& jitter, const RowVisit& visit, const ImageShape& image,
                   std::span<const float> background, std::span<const float> picture, std::span<float> out) {
  const PictureMap map(jitter, visit, image);
  const int64_t pixels = image.height * image.width;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const Position from = map.SourceOf(pixel / image.width, pixel % image.width);
    for (int64_t channel = 0; channel < image.channels; ++channel) {
      const Picture source{picture.subspan(channel * pixels, pixels), image.height, image.width, background[channel]};
      out[channel * pixels + pixel] = source.Bilinear(from.y, from.x);
    }
  }
}

void MirrorRow(const RowVisit& visit, const ImageShape& image, std::span<float> row) {
  const RandomKey key = {
      .seed = visit.seed, .stream = RandomStream::kMirroring, .chain = visit.row, .step = visit.epoch};
  switch (UniformInteger(key, 0, 3)) {
    case 0:
      return FlipHorizontally(image, row);
    case 1:
      return FlipVertically(image, row);
    default:
      return Rotate180(image, row);
  }
}

void AddDataNoise(float scale, const RowVisit& visit, std::span<float> row) {
  std::vector<float> noise(row.size());
  FillNormal({.seed = visit.seed, .stream = RandomStream::kDataNoise, .chain = visit.row, .step = visit.epoch}, noise);
  for (size_t i = 0; i < row.size(); ++i) row[i] += scale * noise[i];
}

std::vector<float> BackgroundOf(const ModelSpec& spec) {
  if (!HasImageShape(spec)) return {};
  const ImageShape image = ImageShapeOf(spec);
  const MatrixBuffer ranges = EncodedRanges(spec);
  std::vector<float> background(static_cast<size_t>(image.channels));
  for (size_t channel = 0; channel < background.size(); ++channel) {
    background[channel] = ranges.row(0)[channel * static_cast<size_t>(image.pixels())];
  }
  return background;
}

}  // namespace ebm

#include "model/offline/train/augmentation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "model/core/random.h"
#include "model/offline/data/mirror.h"

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

struct Displacement {
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

  Displacement At(int64_t row, int64_t column) const {
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

}  // namespace

void JitterPicture(const PictureJitter& jitter, const RowVisit& visit, int64_t height, int64_t width, float background,
                   std::span<const float> picture, std::span<float> out) {
  const Picture source{picture, height, width, background};
  const std::array<float, 6> draws = SignedDraws(visit);
  const float shear = jitter.shear * draws[4];
  const DeformationField field(jitter.deformation, visit, height, width);
  const float scale = 1 + jitter.scale * draws[0];
  const float cosine = scale * std::cos(jitter.rotation * draws[1]);
  const float sine = scale * std::sin(jitter.rotation * draws[1]);
  const float centre_y = static_cast<float>(height - 1) / 2;
  const float centre_x = static_cast<float>(width - 1) / 2;
  const float direction = jitter.mirrors && draws[5] < 0 ? -1.0F : 1.0F;
  for (int64_t i = 0; i < height; ++i) {
    for (int64_t j = 0; j < width; ++j) {
      const float y = static_cast<float>(i) - centre_y;
      const float x = direction * (static_cast<float>(j) - centre_x) + shear * y;
      const Displacement moved = field.At(i, j);
      out[i * width + j] = source.Bilinear(sine * x + cosine * y + centre_y + jitter.shift * draws[2] + moved.y,
                                           cosine * x - sine * y + centre_x + jitter.shift * draws[3] + moved.x);
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

}  // namespace ebm

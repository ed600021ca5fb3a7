#include "model/train/augmentation.h"

#include <array>
#include <cmath>
#include <vector>

#include "model/core/random.h"

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

// Four draws on [-1, 1).
std::array<float, 4> SignedDraws(const RowVisit& visit) {
  std::array<float, 4> draws;
  FillUniform({.seed = visit.seed, .stream = RandomStream::kDataAugmentation, .chain = visit.row, .step = visit.epoch},
              draws);
  for (float& draw : draws) draw = 2 * draw - 1;
  return draws;
}

}  // namespace

void JitterPicture(const AffineJitter& jitter, const RowVisit& visit, int64_t height, int64_t width, float background,
                   std::span<const float> picture, std::span<float> out) {
  const Picture source{picture, height, width, background};
  const std::array<float, 4> draws = SignedDraws(visit);
  const float scale = 1 + jitter.scale * draws[0];
  const float cosine = scale * std::cos(jitter.rotation * draws[1]);
  const float sine = scale * std::sin(jitter.rotation * draws[1]);
  const float centre_y = static_cast<float>(height - 1) / 2;
  const float centre_x = static_cast<float>(width - 1) / 2;
  for (int64_t i = 0; i < height; ++i) {
    for (int64_t j = 0; j < width; ++j) {
      const float y = static_cast<float>(i) - centre_y;
      const float x = static_cast<float>(j) - centre_x;
      out[i * width + j] = source.Bilinear(sine * x + cosine * y + centre_y + jitter.shift * draws[2],
                                           cosine * x - sine * y + centre_x + jitter.shift * draws[3]);
    }
  }
}

void AddDataNoise(float scale, const RowVisit& visit, std::span<float> row) {
  std::vector<float> noise(row.size());
  FillNormal({.seed = visit.seed, .stream = RandomStream::kDataNoise, .chain = visit.row, .step = visit.epoch}, noise);
  for (size_t i = 0; i < row.size(); ++i) row[i] += scale * noise[i];
}

}  // namespace ebm

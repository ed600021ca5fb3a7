#include "model/offline/train/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr float kBackground = -1.0F;

std::vector<float> Jittered(const PictureJitter& jitter, const RowVisit& visit, int64_t height, int64_t width,
                            const std::vector<float>& picture) {
  std::vector<float> out(picture.size());
  JitterPicture(jitter, visit, {1, height, width}, std::vector{kBackground}, picture, out);
  return out;
}

// A picture whose values are linear in the pixel's position, so that any affine map of it is known inside the frame.
std::vector<float> Ramp(int64_t height, int64_t width) {
  std::vector<float> picture;
  for (int64_t i = 0; i < height; ++i) {
    for (int64_t j = 0; j < width; ++j) picture.push_back(static_cast<float>(10 * i + j));
  }
  return picture;
}

TEST(JitterPictureTest, NoJitterLeavesThePictureAlone) {
  const std::vector<float> picture = Ramp(3, 5);
  EXPECT_THAT(Jittered({}, {.seed = 1}, 3, 5, picture), Pointwise(FloatNear(1e-5F), picture));
}

TEST(JitterPictureTest, ShiftMovesARampByAtMostTheLimitInBothAxes) {
  const std::vector<float> picture = Ramp(8, 8);
  float largest = 0;
  for (uint32_t row = 0; row < 200; ++row) {
    const std::vector<float> out = Jittered({.shift = 0.5F}, {.seed = 1, .row = row}, 8, 8, picture);
    const float moved = out[8 * 4 + 4] - picture[8 * 4 + 4];  // 10 shift_y + shift_x
    EXPECT_LE(std::abs(moved), 10 * 0.5F + 0.5F + 1e-4F);
    EXPECT_NEAR(out[8 * 3 + 3] - picture[8 * 3 + 3], moved, 1e-4F) << "the shift is the same everywhere";
    largest = std::max(largest, std::abs(moved));
  }
  EXPECT_GT(largest, 4.0F) << "the whole range is used";
}

TEST(JitterPictureTest, RotationAndScaleKeepTheCentre) {
  const std::vector<float> picture = Ramp(5, 5);
  const PictureJitter jitter{.rotation = 0.5F, .scale = 0.2F};
  for (uint32_t row = 0; row < 20; ++row) {
    EXPECT_NEAR(Jittered(jitter, {.seed = 3, .row = row}, 5, 5, picture)[12], picture[12], 1e-4F);
  }
}

TEST(JitterPictureTest, OutsideThePictureIsBackground) {
  const std::vector<float> picture(16, 1.0F);
  float lowest = 1;
  for (uint32_t row = 0; row < 50; ++row) {
    for (const float value : Jittered({.shift = 3.0F}, {.seed = 5, .row = row}, 4, 4, picture)) {
      EXPECT_GE(value, kBackground);
      EXPECT_LE(value, 1.0F + 1e-6F);
      lowest = std::min(lowest, value);
    }
  }
  EXPECT_FLOAT_EQ(lowest, kBackground);
}

// A field of displacements is bilinear between its corners: along a row of a ramp, second differences vanish within a
// cell, and the displacements have the stated scale.
TEST(JitterPictureTest, DeformationsAreSmoothAndOfTheStatedScale) {
  constexpr int64_t kSide = 31;  // ten pixels per cell
  constexpr float kScale = 0.8F;
  std::vector<float> ramp(kSide * kSide);
  for (int64_t i = 0; i < kSide * kSide; ++i) ramp[i] = static_cast<float>(i % kSide);
  std::vector<double> moves;
  for (uint32_t row = 0; row < 400; ++row) {
    const std::vector<float> out = Jittered({.deformation = kScale}, {.seed = 5, .row = row}, kSide, kSide, ramp);
    const float* middle = out.data() + 10 * kSide;  // on the corners of cells
    for (int64_t j = 12; j < 19; ++j) EXPECT_NEAR(middle[j + 1] - 2 * middle[j] + middle[j - 1], 0, 1e-4);
    moves.push_back(middle[10] - 10);
  }
  EXPECT_TRUE(reference::HasNormalVariance(moves, 0, kScale * kScale, reference::kAllowedFailure));
}

TEST(JitterPictureTest, ShearMovesRowsApart) {
  constexpr int64_t kSide = 9;
  std::vector<float> ramp(kSide * kSide);
  for (int64_t i = 0; i < kSide * kSide; ++i) ramp[i] = static_cast<float>(i % kSide);
  const std::vector<float> out = Jittered({.shear = 0.3F}, {.seed = 5}, kSide, kSide, ramp);
  const float shear = out[5 * kSide + 4] - out[4 * kSide + 4];
  EXPECT_NE(shear, 0);
  EXPECT_LE(std::abs(shear), 0.3F);
  EXPECT_NEAR(out[6 * kSide + 4] - out[4 * kSide + 4], 2 * shear, 1e-5);
  EXPECT_NEAR(out[4 * kSide + 5] - out[4 * kSide + 4], 1, 1e-5);
}

TEST(JitterPictureTest, MirrorsHalfOfTheVisitsAndNothingElse) {
  const std::vector<float> picture = {1, 2, 3, 4, 5, 6};
  const std::vector<float> mirrored = {3, 2, 1, 6, 5, 4};
  constexpr uint32_t kRows = 1000;
  std::vector<int64_t> counts(2);
  for (uint32_t row = 0; row < kRows; ++row) {
    const std::vector<float> out = Jittered({.mirrors = true}, {.seed = 3, .row = row}, 2, 3, picture);
    const bool is_mirrored = out[0] > 2;
    EXPECT_THAT(out, Pointwise(FloatNear(1e-5F), is_mirrored ? mirrored : picture));
    ++counts[is_mirrored ? 1 : 0];
  }
  EXPECT_TRUE(reference::AreEquallyLikely(counts, reference::kAllowedFailure));
}

// The second channel is ten times the first, outside the picture as well.
TEST(JitterPictureTest, EveryChannelIsMappedAlikeOnItsBackground) {
  constexpr ImageShape kImage = {.channels = 2, .height = 3, .width = 4};
  std::vector<float> picture = Ramp(3, 4);
  for (size_t i = 0; i < 12; ++i) picture.push_back(10 * picture[i]);
  const std::vector<float> background = {kBackground, 10 * kBackground};
  const PictureJitter jitter{.shift = 2, .rotation = 0.5F, .scale = 0.2F, .deformation = 0.5F, .mirrors = true};
  for (uint32_t row = 0; row < 20; ++row) {
    std::vector<float> out(24);
    JitterPicture(jitter, {.seed = 1, .row = row}, kImage, background, picture, out);
    for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(out[12 + i], 10 * out[i], 1e-3);
  }
}

TEST(MirrorRowTest, MirrorsEveryChannelAlike) {
  for (uint32_t i = 0; i < 20; ++i) {
    std::vector<float> out = {1, 2, 3, 4, 11, 12, 13, 14};
    MirrorRow({.seed = 3, .row = i}, {.channels = 2, .height = 2, .width = 2}, out);
    for (size_t pixel = 0; pixel < 4; ++pixel) EXPECT_EQ(out[4 + pixel], out[pixel] + 10);
  }
}

TEST(MirrorRowTest, TakesEachOfTheThreeWaysAThirdOfTheTime) {
  const std::vector<float> row = {1, 2, 3, 4};
  const std::vector<std::vector<float>> ways = {{2, 1, 4, 3}, {3, 4, 1, 2}, {4, 3, 2, 1}};
  constexpr uint32_t kRows = 3000;
  std::vector<int64_t> counts(ways.size());
  for (uint32_t i = 0; i < kRows; ++i) {
    std::vector<float> out = row;
    MirrorRow({.seed = 3, .row = i}, {.channels = 1, .height = 2, .width = 2}, out);
    const auto way = std::ranges::find(ways, out);
    ASSERT_NE(way, ways.end()) << "row " << i;
    ++counts[way - ways.begin()];
  }
  EXPECT_TRUE(reference::AreEquallyLikely(counts, reference::kAllowedFailure));
}

TEST(JitterPictureTest, DependsOnSeedRowAndEpochOnly) {
  const std::vector<float> picture = Ramp(4, 4);
  const PictureJitter jitter{.shift = 1.0F};
  const std::vector<float> once = Jittered(jitter, {.seed = 1, .row = 2, .epoch = 3}, 4, 4, picture);
  EXPECT_EQ(once, Jittered(jitter, {.seed = 1, .row = 2, .epoch = 3}, 4, 4, picture));
  EXPECT_NE(once, Jittered(jitter, {.seed = 1, .row = 2, .epoch = 4}, 4, 4, picture));
  EXPECT_NE(once, Jittered(jitter, {.seed = 1, .row = 3, .epoch = 3}, 4, 4, picture));
  EXPECT_NE(once, Jittered(jitter, {.seed = 2, .row = 2, .epoch = 3}, 4, 4, picture));
}

TEST(AddDataNoiseTest, AddsNoiseOfTheStatedScale) {
  constexpr size_t kValues = 100000;
  std::vector<float> row(kValues, 2.0F);
  AddDataNoise(0.3F, {.seed = 9}, row);
  double sum = 0;
  double squares = 0;
  for (const float value : row) {
    sum += value - 2.0;
    squares += (value - 2.0) * (value - 2.0);
  }
  // Six standard errors: a failure probability of 2e-9 for each.
  EXPECT_NEAR(sum / kValues, 0.0, 6 * 0.3 / std::sqrt(kValues));
  EXPECT_NEAR(squares / kValues, 0.09, 6 * 0.09 * std::sqrt(2.0 / kValues));
}

}  // namespace
}  // namespace ebm

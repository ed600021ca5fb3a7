#include "model/offline/data/outlier_rows.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/core/random.h"
#include "model/spec/row_codec.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Not;

// Data units 0 to 16 in whole numbers, scaled as the digits are.
ModelSpec SpecOf(std::vector<int64_t> shape) {
  return {.input_shape = std::move(shape),
          .columns = {{.range = {0, 16}, .scaling = {.scale = 2.0F / 17.0F, .offset = -1.0F}, .step = 1}}};
}

MatrixBuffer RandomRows(int64_t n, int64_t dimension) {
  MatrixBuffer rows(n, dimension);
  FillUniform({.seed = 3}, rows.view().values());
  return rows;
}

MatrixBuffer Make(OutlierKind kind, const ModelSpec& spec, const MatrixBuffer& rows, uint64_t seed = 1) {
  return MakeOutliers(kind, spec, rows.view(), seed);
}

// 2 channels of 2 lines of 2 pixels.
const MatrixBuffer kTwoChannels({1, 2, 3, 4, 5, 6, 7, 8}, 1, 8);

TEST(OutlierKindsTest, FlipsNeedAnImagesShape) {
  EXPECT_EQ(OutlierKindsFor(SpecOf({8, 8})).size(), 8U);
  const std::vector<OutlierKind> flat = OutlierKindsFor(SpecOf({64}));
  EXPECT_EQ(flat.size(), 5U);
  EXPECT_THAT(flat, Not(Contains(OutlierKind::kFlippedHorizontally)));
  EXPECT_THAT(flat, Not(Contains(OutlierKind::kFlippedVertically)));
  EXPECT_THAT(flat, Not(Contains(OutlierKind::kRotated180)));
}

TEST(OutlierKindsTest, NamesDiffer) {
  std::set<std::string> names;
  for (const OutlierKind kind : OutlierKindsFor(SpecOf({8, 8}))) names.insert(NameOf(kind));
  EXPECT_EQ(names.size(), 8U);
}

TEST(MakeOutliersTest, EveryKindKeepsTheShapeAndDependsOnTheSeedAlone) {
  const ModelSpec spec = SpecOf({3, 4});
  const MatrixBuffer rows = RandomRows(5, 12);
  for (const OutlierKind kind : OutlierKindsFor(spec)) {
    const MatrixBuffer made = Make(kind, spec, rows);
    EXPECT_EQ(made.rows(), 5) << NameOf(kind);
    EXPECT_EQ(made.cols(), 12) << NameOf(kind);
    EXPECT_EQ(made.values(), Make(kind, spec, rows).values()) << NameOf(kind);
    EXPECT_NE(made.values(), rows.values()) << NameOf(kind);
  }
  for (const OutlierKind kind : {OutlierKind::kUniformNoise, OutlierKind::kConstant, OutlierKind::kShuffled}) {
    EXPECT_NE(Make(kind, spec, rows, 1).values(), Make(kind, spec, rows, 2).values()) << NameOf(kind);
  }
}

TEST(MakeOutliersTest, NoiseTakesEveryWholeValueOfTheRangeEquallyOften) {
  const ModelSpec spec = SpecOf({100});
  const MatrixBuffer noise = Make(OutlierKind::kUniformNoise, spec, RandomRows(200, 100));
  std::vector<int64_t> counts(17);
  for (const float scaled : noise.values()) {
    const float value = spec.columns.front().scaling.ToData(scaled);
    const auto level = std::lround(value);
    ASSERT_NEAR(value, static_cast<float>(level), 1e-4);
    ASSERT_TRUE(level >= 0 && level <= 16) << level;
    ++counts[static_cast<size_t>(level)];
  }
  EXPECT_TRUE(reference::AreEquallyLikely(counts, reference::kAllowedFailure));
}

TEST(MakeOutliersTest, NoiseOfContinuousDataIsUniformOnTheRange) {
  ModelSpec spec = SpecOf({100});
  spec.columns.front().step = 0;
  const MatrixBuffer noise = Make(OutlierKind::kUniformNoise, spec, RandomRows(200, 100));
  std::vector<int64_t> counts(20);
  for (const float scaled : noise.values()) {
    const float fraction = spec.columns.front().scaling.ToData(scaled) / 16;
    ASSERT_TRUE(fraction > -1e-6F && fraction < 1 + 1e-6F) << fraction;
    ++counts[static_cast<size_t>(std::clamp(static_cast<int>(fraction * 20), 0, 19))];
  }
  EXPECT_TRUE(reference::AreEquallyLikely(counts, reference::kAllowedFailure));
}

TEST(MakeOutliersTest, ARangeWithoutAMultipleOfTheStepIsContinuous) {
  ModelSpec spec = SpecOf({50});
  spec.columns.front().range = {0.25F, 0.75F};
  const MatrixBuffer noise = Make(OutlierKind::kUniformNoise, spec, RandomRows(2, 50));
  EXPECT_EQ(std::set<float>(noise.values().begin(), noise.values().end()).size(), 100U);
  for (const float scaled : noise.values()) {
    EXPECT_GE(spec.columns.front().scaling.ToData(scaled), 0.25F - 1e-5F);
    EXPECT_LE(spec.columns.front().scaling.ToData(scaled), 0.75F + 1e-5F);
  }
}

TEST(MakeOutliersTest, AConstantRowHasOneValueAndRowsDiffer) {
  const MatrixBuffer made = Make(OutlierKind::kConstant, SpecOf({6}), RandomRows(50, 6));
  std::set<float> values;
  for (int64_t i = 0; i < made.rows(); ++i) {
    EXPECT_THAT(made.row(i), ::testing::Each(made.row(i).front()));
    values.insert(made.row(i).front());
  }
  EXPECT_GT(values.size(), 5U);
}

TEST(MakeOutliersTest, ShuffledRowsHoldTheirOwnValuesInOrdersOfTheirOwn) {
  MatrixBuffer rows(2, 40);
  for (int64_t i = 0; i < 2; ++i) std::ranges::generate(rows.row(i), [n = 0.0F]() mutable { return n++; });
  MatrixBuffer made = Make(OutlierKind::kShuffled, SpecOf({40}), rows);
  EXPECT_THAT(made.row(0), Not(ElementsAreArray(made.row(1))));
  for (int64_t i = 0; i < 2; ++i) {
    EXPECT_THAT(made.row(i), Not(ElementsAreArray(rows.row(i))));
    std::ranges::sort(made.row(i));
    EXPECT_THAT(made.row(i), ElementsAreArray(rows.row(i)));
  }
}

TEST(MakeOutliersTest, AShuffledValueLandsInEveryPlaceEquallyOften) {
  MatrixBuffer rows(4000, 8);
  for (int64_t i = 0; i < rows.rows(); ++i) rows.row(i)[0] = 1;
  const MatrixBuffer made = Make(OutlierKind::kShuffled, SpecOf({8}), rows);
  std::vector<int64_t> counts(8);
  for (int64_t i = 0; i < made.rows(); ++i) {
    ++counts[static_cast<size_t>(std::ranges::find(made.row(i), 1.0F) - made.row(i).begin())];
  }
  EXPECT_TRUE(reference::AreEquallyLikely(counts, reference::kAllowedFailure));
}

TEST(MakeOutliersTest, InvertedValuesAreReflectedInTheRangesMiddle) {
  const ModelSpec spec = SpecOf({3});
  const MatrixBuffer rows({spec.columns.front().scaling.ToScaled(0), spec.columns.front().scaling.ToScaled(16),
                           spec.columns.front().scaling.ToScaled(5)},
                          1, 3);
  const MatrixBuffer made = Make(OutlierKind::kInverted, spec, rows);
  EXPECT_NEAR(spec.columns.front().scaling.ToData(made.row(0)[0]), 16, 1e-5);
  EXPECT_NEAR(spec.columns.front().scaling.ToData(made.row(0)[1]), 0, 1e-5);
  EXPECT_NEAR(spec.columns.front().scaling.ToData(made.row(0)[2]), 11, 1e-5);
}

// 3 channels of 2 x 4 pixels with scalings of their own, value 8 c + p at pixel p of channel c.
ModelSpec ColorSpec() {
  return {.input_shape = {3, 2, 4},
          .columns = {{.range = {0, 7}, .scaling = {.scale = 0.5F, .offset = -1}, .step = 1},
                      {.range = {8, 15}, .scaling = {.scale = 1, .offset = 2}, .step = 1},
                      {.range = {16, 23}, .scaling = {.scale = 2, .offset = 0}, .step = 1}}};
}

MatrixBuffer ColorRows(int64_t n) {
  MatrixBuffer rows(n, 24);
  for (int64_t i = 0; i < n; ++i) std::ranges::generate(rows.row(i), [value = 0.0F]() mutable { return value++; });
  return EncodeRows(ColorSpec(), rows.view()).value();
}

MatrixBuffer MakeInDataUnits(OutlierKind kind, int64_t n) {
  return DecodeRows(ColorSpec(), Make(kind, ColorSpec(), ColorRows(n)).view());
}

TEST(OutlierKindsTest, PicturesWithAColumnForEachChannelAreNoTables) {
  EXPECT_EQ(OutlierKindsFor(ColorSpec()), OutlierKindsFor(SpecOf({8, 8})));
}

TEST(MakeOutliersTest, APixelsChannelsAreShuffledTogether) {
  const MatrixBuffer made = MakeInDataUnits(OutlierKind::kShuffled, 20);
  for (int64_t i = 0; i < made.rows(); ++i) {
    std::vector<float> red(made.row(i).begin(), made.row(i).begin() + 8);
    for (size_t pixel = 0; pixel < 8; ++pixel) {
      EXPECT_NEAR(made.row(i)[8 + pixel], red[pixel] + 8, 1e-4);
      EXPECT_NEAR(made.row(i)[16 + pixel], red[pixel] + 16, 1e-4);
    }
    std::ranges::sort(red);
    for (size_t pixel = 0; pixel < 8; ++pixel) EXPECT_NEAR(red[pixel], static_cast<float>(pixel), 1e-4);
  }
}

TEST(MakeOutliersTest, ChannelsAreInvertedEachInItsRange) {
  const MatrixBuffer made = MakeInDataUnits(OutlierKind::kInverted, 1);
  for (size_t channel = 0; channel < 3; ++channel) {
    for (size_t pixel = 0; pixel < 8; ++pixel) {
      EXPECT_NEAR(made.row(0)[8 * channel + pixel], static_cast<float>(8 * channel + 7 - pixel), 1e-4);
    }
  }
}

TEST(MakeOutliersTest, AConstantPictureHasOneColourWithinTheChannelsRanges) {
  const MatrixBuffer made = MakeInDataUnits(OutlierKind::kConstant, 100);
  std::set<std::vector<float>> colors;
  for (int64_t i = 0; i < made.rows(); ++i) {
    std::vector<float> color;
    for (size_t channel = 0; channel < 3; ++channel) {
      const auto plane = made.row(i).subspan(8 * channel, 8);
      EXPECT_THAT(plane, ::testing::Each(plane.front()));
      color.push_back(std::round(plane.front() - 8 * static_cast<float>(channel)));
      EXPECT_TRUE(color.back() >= 0 && color.back() <= 7) << color.back();
    }
    colors.insert(color);
  }
  const auto is_gray = [](const std::vector<float>& color) { return color[0] == color[1] && color[1] == color[2]; };
  EXPECT_GT(colors.size(), 50U);
  EXPECT_FALSE(std::ranges::all_of(colors, is_gray));
}

TEST(MakeOutliersTest, NoiseIsWithinEachChannelsRange) {
  const MatrixBuffer made = MakeInDataUnits(OutlierKind::kUniformNoise, 50);
  for (int64_t i = 0; i < made.rows(); ++i) {
    for (size_t j = 0; j < 24; ++j) EXPECT_EQ(std::lround(made.row(i)[j]) / 8, static_cast<int64_t>(j) / 8);
  }
}

TEST(MakeOutliersTest, FlipsWorkOnEachChannel) {
  const ModelSpec spec = SpecOf({2, 2, 2});
  EXPECT_THAT(Make(OutlierKind::kFlippedHorizontally, spec, kTwoChannels).row(0), ElementsAre(2, 1, 4, 3, 6, 5, 8, 7));
  EXPECT_THAT(Make(OutlierKind::kFlippedVertically, spec, kTwoChannels).row(0), ElementsAre(3, 4, 1, 2, 7, 8, 5, 6));
  EXPECT_THAT(Make(OutlierKind::kRotated180, spec, kTwoChannels).row(0), ElementsAre(4, 3, 2, 1, 8, 7, 6, 5));
}

TEST(MakeOutliersTest, InterpolatedRowsAreMeansOfTwoDifferentRows) {
  const MatrixBuffer rows({1, 10, 100, 1000}, 4, 1);
  const MatrixBuffer made = Make(OutlierKind::kInterpolated, SpecOf({1}), rows);
  for (int64_t i = 0; i < 4; ++i) {
    const float other = 2 * made.row(i)[0] - rows.row(i)[0];
    EXPECT_NE(other, rows.row(i)[0]);
    EXPECT_THAT(rows.values(), Contains(other));
  }
}

TEST(MakeOutliersTest, ASingleRowIsInterpolatedWithItself) {
  EXPECT_THAT(Make(OutlierKind::kInterpolated, SpecOf({2}), MatrixBuffer({3, 4}, 1, 2)).row(0), ElementsAre(3, 4));
}

}  // namespace
}  // namespace ebm

#include "model/data/outlier_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace ebm {
namespace {

using ::testing::ElementsAre;

// Pictures of 2 x 3 whole numbers from 0 to 10; scaled = 0.5 x - 1.
ModelSpec Spec() {
  return {.family = kJemMlp,
          .input_shape = {2, 3},
          .hidden_widths = {2},
          .activation = "elu",
          .class_labels = {"0", "1"},
          .data_range = {0, 10},
          .scaling = {.scale = 0.5F, .offset = -1},
          .data_step = 1};
}

const MatrixBuffer& Rows() {
  static const MatrixBuffer rows({-1, -0.5F, 0, 0.5F, 1, 1.5F, 4, 4, 3.5F, 3, 2.5F, 2}, 2, 6);
  return rows;
}

std::vector<float> FirstRow(OutlierKind kind, uint64_t seed = 1) {
  const MatrixBuffer made = MakeOutliers(kind, Spec(), Rows().view(), seed);
  return {made.row(0).begin(), made.row(0).end()};
}

TEST(OutlierRowsTest, MovesPixelsAsTheNameSays) {
  EXPECT_THAT(FirstRow(OutlierKind::kFlippedHorizontally), ElementsAre(0, -0.5F, -1, 1.5F, 1, 0.5F));
  EXPECT_THAT(FirstRow(OutlierKind::kFlippedVertically), ElementsAre(0.5F, 1, 1.5F, -1, -0.5F, 0));
  EXPECT_THAT(FirstRow(OutlierKind::kRotated), ElementsAre(1.5F, 1, 0.5F, 0, -0.5F, -1));
}

// 0 becomes 10, in data units; scaled, -1 becomes 4.
TEST(OutlierRowsTest, InvertsAboutTheRangesMiddle) {
  EXPECT_THAT(FirstRow(OutlierKind::kInverted), ElementsAre(4, 3.5F, 3, 2.5F, 2, 1.5F));
}

TEST(OutlierRowsTest, InterpolatesWithTheNextRow) {
  EXPECT_THAT(FirstRow(OutlierKind::kInterpolated), ElementsAre(1.5F, 1.75F, 1.75F, 1.75F, 1.75F, 1.75F));
}

TEST(OutlierRowsTest, ShuffledRowsHaveTheSameValuesInOtherPlaces) {
  const std::vector<float> shuffled = FirstRow(OutlierKind::kShuffled);
  EXPECT_TRUE(std::ranges::is_permutation(shuffled, Rows().row(0)));
  std::set<std::vector<float>> orders;
  for (uint64_t seed = 0; seed < 20; ++seed) orders.insert(FirstRow(OutlierKind::kShuffled, seed));
  EXPECT_GT(orders.size(), 10);
}

TEST(OutlierRowsTest, NoiseIsWholeNumbersOfTheRange) {
  std::set<float> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    for (const float value : FirstRow(OutlierKind::kUniformNoise, seed)) {
      const float data = Spec().scaling.ToData(value);
      EXPECT_NEAR(data, std::round(data), 1e-5);
      seen.insert(std::round(data));
    }
  }
  EXPECT_EQ(seen.size(), 11);
  EXPECT_EQ(*seen.begin(), 0);
  EXPECT_EQ(*seen.rbegin(), 10);
}

TEST(OutlierRowsTest, ConstantRowsAreConstant) {
  const std::vector<float> row = FirstRow(OutlierKind::kConstant);
  EXPECT_EQ(std::ranges::count(row, row[0]), 6);
  EXPECT_NE(row, FirstRow(OutlierKind::kConstant, 2));
}

TEST(OutlierRowsTest, OnlyImagesAreFlipped) {
  ModelSpec flat = Spec();
  flat.input_shape = {6};
  EXPECT_EQ(OutlierKindsFor(flat).size(), 5);
  EXPECT_EQ(OutlierKindsFor(Spec()).size(), 8);
  std::set<std::string> names;
  for (const OutlierKind kind : OutlierKindsFor(Spec())) names.insert(NameOf(kind));
  EXPECT_EQ(names.size(), 8);
}

}  // namespace
}  // namespace ebm

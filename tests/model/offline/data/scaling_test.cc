#include "model/offline/data/scaling.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

TEST(ScalingTest, RangeIsTheLeastAndTheGreatestValue) {
  const MatrixBuffer data({3, -2, 7, 0}, 2, 2);
  EXPECT_EQ(RangeOf(data.view()), (DataRange{-2, 7}));
}

TEST(ScalingTest, MapsTheRangeOntoTheUnitBox) {
  const DataScaling scaling = ScalingToUnitBox({0, 16}).value();
  MatrixBuffer values({0, 8, 16}, 1, 3);
  ApplyScaling(scaling, values.view());
  EXPECT_THAT(values.values(), ElementsAre(-1, 0, 1));
}

TEST(ScalingTest, UndoingGivesTheValuesBack) {
  const DataScaling scaling = ScalingToUnitBox({-4, 4}).value();  // powers of two: exact
  MatrixBuffer values({-4, -1, 3}, 1, 3);
  ApplyScaling(scaling, values.view());
  UndoScaling(scaling, values.view());
  EXPECT_THAT(values.values(), ElementsAre(-4, -1, 3));
}

TEST(ScalingTest, SurvivesTheWidestRange) {
  constexpr float kMax = std::numeric_limits<float>::max();
  const DataScaling scaling = ScalingToUnitBox({-kMax, kMax}).value();
  EXPECT_FLOAT_EQ(scaling.ToScaled(kMax), 1);
}

TEST(ScalingTest, RefusesConstantData) {
  EXPECT_EQ(ScalingToUnitBox({3, 3}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ebm

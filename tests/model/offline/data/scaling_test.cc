#include "model/offline/data/scaling.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

TEST(ScalingTest, RangeIsTheLeastAndTheGreatestValue) {
  const MatrixBuffer data({3, -2, 7, 0}, 2, 2);
  EXPECT_EQ(RangeOf(data.view()), (DataRange{-2, 7}));
}

TEST(ScalingTest, MapsTheRangeOntoTheUnitBox) {
  const DataScaling scaling = ScalingToUnitBox({0, 16}).value();
  EXPECT_EQ(scaling.ToScaled(0), -1);
  EXPECT_EQ(scaling.ToScaled(8), 0);
  EXPECT_EQ(scaling.ToScaled(16), 1);
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

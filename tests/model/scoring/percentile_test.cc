#include "model/scoring/percentile.h"

#include <gtest/gtest.h>

namespace ebm {
namespace {

TEST(PercentileOfTest, IsLinearBetweenQuantiles) {
  const std::vector<float> quantiles = {-10, 0, 30};
  EXPECT_EQ(PercentileOf(-11, quantiles), 0);
  EXPECT_EQ(PercentileOf(-10, quantiles), 0);
  EXPECT_EQ(PercentileOf(-5, quantiles), 25);
  EXPECT_EQ(PercentileOf(0, quantiles), 50);
  EXPECT_EQ(PercentileOf(15, quantiles), 75);
  EXPECT_EQ(PercentileOf(30, quantiles), 100);
  EXPECT_EQ(PercentileOf(31, quantiles), 100);
}

TEST(PercentileOfTest, CountsOnlyLowerRowsWhereQuantilesAreEqual) {
  EXPECT_EQ(PercentileOf(1, {0, 1, 1, 1, 2}), 25);
  EXPECT_EQ(PercentileOf(1, {1, 1}), 0);
  EXPECT_EQ(PercentileOf(2, {1, 1}), 100);
}

}  // namespace
}  // namespace ebm

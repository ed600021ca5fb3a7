#include "tests/reference/quantiles.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/reference/sample_checks.h"

namespace ebm::reference {
namespace {

TEST(QuantilesTest, NormalBoundsMatchTables) {
  EXPECT_NEAR(NormalBound(0.05), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalBound(0.01), 2.575829303548901, 1e-12);
  EXPECT_NEAR(NormalBound(1e-9), 6.109410204869340, 1e-9);
  EXPECT_NEAR(NormalCdf(-1.959963984540054), 0.025, 1e-15);
}

TEST(QuantilesTest, ChiSquareQuantilesMatchTables) {
  EXPECT_NEAR(ChiSquareUpper(1, 0.001), 10.82756617, 1e-7);
  EXPECT_NEAR(ChiSquareUpper(10, 0.05), 18.30703805, 1e-7);
  EXPECT_NEAR(ChiSquareUpper(100, 0.05), 124.3421134, 1e-6);
  EXPECT_NEAR(ChiSquareInterval(10, 0.10).lower, 3.94029914, 1e-7);
}

TEST(QuantilesTest, ChiSquareHasItsClosedFormsInTheTail) {
  for (const double failure : {1e-3, 1e-6, 1e-9, 1e-12}) {
    EXPECT_NEAR(ChiSquareUpper(2, failure), -2 * std::log(failure), 1e-8);
    EXPECT_NEAR(ChiSquareUpper(1, failure), NormalBound(failure) * NormalBound(failure), 1e-6);
  }
}

// Wilson and Hilferty (1931): (X / k)^(1/3) is nearly N(1 - 2/(9k), 2/(9k)); the approximation improves with the
// degrees.
TEST(QuantilesTest, ManyDegreesAgreeWithWilsonHilferty) {
  constexpr double kDegrees = 16384;
  constexpr double kSpread = 2 / (9 * kDegrees);
  const double z = NormalBound(1e-9);
  const Interval interval = ChiSquareInterval(kDegrees, 1e-9);
  EXPECT_NEAR(interval.upper, kDegrees * std::pow(1 - kSpread + z * std::sqrt(kSpread), 3), 0.5);
  EXPECT_NEAR(interval.lower, kDegrees * std::pow(1 - kSpread - z * std::sqrt(kSpread), 3), 0.5);
}

TEST(QuantilesTest, PoissonIntervalLeavesTheAllowedTailsOutside) {
  constexpr double kMean = 66;
  constexpr double kFailure = 1e-6;
  const Interval interval = PoissonInterval(kMean, kFailure);
  double below = 0;
  double inside = 0;
  double last = 0;
  for (double k = 0, p = std::exp(-kMean); k <= interval.upper; ++k, p *= kMean / k) {
    (k < interval.lower ? below : inside) += p;
    last = p;
  }
  EXPECT_LE(below, 0.5 * kFailure);
  EXPECT_GE(inside, 1 - kFailure);
  EXPECT_LT(inside - last, 1 - 0.5 * kFailure) << "one count less would do";
}

TEST(QuantilesTest, AChecksSampleIsRefusedWhenItIsOff) {
  const std::vector<double> sample(100, 0.7);  // 7 standard errors from 0, and no spread around 0.7
  EXPECT_FALSE(HasNormalMean(sample, 0, 1, kAllowedFailure));
  EXPECT_TRUE(HasNormalMean(sample, 0.2, 1, kAllowedFailure));
  EXPECT_FALSE(HasNormalVariance(sample, 0.7, 1, kAllowedFailure));
  EXPECT_FALSE(AreEquallyLikely(std::vector<int64_t>{1000, 1000, 1300}, kAllowedFailure));
  EXPECT_TRUE(AreEquallyLikely(std::vector<int64_t>{1000, 1000, 1050}, kAllowedFailure));
}

}  // namespace
}  // namespace ebm::reference

#include "model/offline/evaluation/conformal_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/core/random.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

std::vector<float> Uniform(uint64_t seed, size_t n) {
  std::vector<float> values(n);
  FillUniform({.seed = seed}, values);
  return values;
}

TEST(ConformalFiguresTest, PValuesCountTheCalibrationRowsThatScoreNoHigher) {
  EXPECT_THAT(PValues(std::vector<float>{0, 2, 5}, std::vector<float>{1, 2, 3}), ElementsAre(0.25, 0.75, 1));
}

TEST(ConformalFiguresTest, ARowAtTheRateIsFlagged) {
  const FlaggedShares shares = MakeFlaggedShares(std::vector<double>{0.005, 0.05, 0.06, 0.5}, 1);
  EXPECT_EQ(shares[0].value, 0.25);  // at 0.01
  EXPECT_EQ(shares[1].value, 0.5);   // at 0.05
  EXPECT_EQ(shares[2].value, 0.75);  // at 0.1
}

// The guarantee itself: over many draws of calibration and fresh rows, the share that is flagged is at most a. For
// continuous scores it is just below a: floor(a (n + 1)) / (n + 1). The mean over trials of n + m rows has the variance
// a (1 - a) (1 / n + 1 / m) / trials.
TEST(ConformalFiguresTest, FreshRowsOfTheSameLawAreFlaggedAtTheRate) {
  constexpr int kTrials = 400;
  constexpr size_t kCalibrationRows = 199;
  constexpr size_t kFreshRows = 300;
  for (size_t a = 0; a < kFalsePositiveRates.size(); ++a) {
    double mean = 0;
    for (int trial = 0; trial < kTrials; ++trial) {
      std::vector<float> calibration = Uniform(2 * trial, kCalibrationRows);
      std::ranges::sort(calibration);
      const std::vector<double> p_values = PValues(Uniform(2 * trial + 1, kFreshRows), calibration);
      const auto flagged = std::ranges::count_if(p_values, [&](double p) { return p <= kFalsePositiveRates[a]; });
      mean += static_cast<double>(flagged) / kFreshRows / kTrials;
    }
    const double rate = kFalsePositiveRates[a];  // a multiple of 1 / 200
    const double variance = rate * (1 - rate) * (1.0 / kCalibrationRows + 1.0 / kFreshRows) / kTrials;
    EXPECT_TRUE(reference::IsNormalDraw(mean, rate, std::sqrt(variance), reference::kAllowedFailure)) << rate;
  }
}

TEST(ConformalFiguresTest, TheMarginShrinksWithBothKindsOfRows) {
  EXPECT_DOUBLE_EQ(ValidityMargin(0.5, 100, 100), 1.96 * std::sqrt(0.25 * 0.02));
  EXPECT_LT(ValidityMargin(0.5, 1000, 100), ValidityMargin(0.5, 100, 100));
  EXPECT_LT(ValidityMargin(0.5, 100, 1000), ValidityMargin(0.5, 100, 100));
  EXPECT_EQ(ValidityMargin(0, 100, 100), 0);
}

}  // namespace
}  // namespace ebm

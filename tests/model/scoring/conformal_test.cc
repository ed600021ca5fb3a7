#include "model/scoring/conformal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/core/random.h"
#include "tests/reference/quantiles.h"

namespace ebm {
namespace {

std::vector<float> NormalScores(uint64_t seed, uint32_t set, size_t count) {
  std::vector<float> scores(count);
  FillNormal({.seed = seed, .stream = RandomStream::kEvaluation, .chain = set}, scores);
  return scores;
}

double SlowPValue(float score, const std::vector<float>& calibration) {
  double not_above = 1;
  for (const float other : calibration) not_above += other <= score ? 1 : 0;
  return not_above / static_cast<double>(calibration.size() + 1);
}

TEST(ConformalPValueTest, AgreesWithCounting) {
  std::vector<float> calibration = NormalScores(1, 0, 50);
  calibration[7] = calibration[8];  // a tie
  std::ranges::sort(calibration);
  for (float score = -4; score < 4; score += 0.03F) {
    EXPECT_EQ(ConformalPValue(score, calibration), SlowPValue(score, calibration));
  }
  for (const float score : calibration) EXPECT_EQ(ConformalPValue(score, calibration), SlowPValue(score, calibration));
}

TEST(ConformalPValueTest, ReachesFromOneOverNPlusOneToOne) {
  const std::vector<float> calibration = {-1, 0, 1, 2};
  EXPECT_EQ(ConformalPValue(-std::numeric_limits<float>::infinity(), calibration), 0.2);
  EXPECT_EQ(ConformalPValue(-1.5F, calibration), 0.2);
  EXPECT_EQ(ConformalPValue(0, calibration), 0.6);
  EXPECT_EQ(ConformalPValue(5, calibration), 1);
}

// Of `sets` independent calibration sets, each with one fresh score of the same distribution, at most a share a may
// have p <= a, up to binomial fluctuation.
void ExpectValid(size_t calibration_rows, float grid) {
  constexpr uint32_t kSets = 20000;
  const auto on_grid = [grid](float value) { return grid > 0 ? grid * std::floor(value / grid) : value; };
  std::vector<double> p_values;
  for (uint32_t set = 0; set < kSets; ++set) {
    std::vector<float> scores = NormalScores(2, set, calibration_rows + 1);
    std::ranges::transform(scores, scores.begin(), on_grid);
    const float fresh = scores.back();
    scores.pop_back();
    std::ranges::sort(scores);
    p_values.push_back(ConformalPValue(fresh, scores));
  }
  constexpr double kLevels[] = {0.01, 0.05, 0.1, 0.25, 0.5, 0.9};
  for (const double a : kLevels) {
    const auto flagged = static_cast<double>(std::ranges::count_if(p_values, [a](double p) { return p <= a; }));
    const double reach =
        reference::NormalBound(reference::kAllowedFailure / std::size(kLevels)) * std::sqrt(a * (1 - a) * kSets);
    EXPECT_LE(flagged, a * kSets + reach) << "a = " << a;
    if (grid > 0) continue;
    // Without ties the share is the largest multiple of 1 / (n + 1) up to a, exactly.
    const double exact =
        std::floor(a * static_cast<double>(calibration_rows + 1)) / static_cast<double>(calibration_rows + 1);
    EXPECT_GE(flagged, exact * kSets - reach) << "a = " << a;
  }
}

TEST(ConformalPValueTest, FlagsNoMoreThanItSays) { ExpectValid(99, 0); }

TEST(ConformalPValueTest, FlagsNoMoreThanItSaysWhereScoresTie) { ExpectValid(30, 0.5F); }

}  // namespace
}  // namespace ebm

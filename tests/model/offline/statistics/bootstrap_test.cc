#include "model/offline/statistics/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "model/core/random.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

double WeightedMean(std::span<const float> values, std::span<const uint32_t> counts) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) sum += double{values[i]} * counts[i];
  return sum / static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0U));
}

Figure MeanOf(std::span<const float> values, uint64_t seed) {
  const std::array<int64_t, 1> groups = {static_cast<int64_t>(values.size())};
  return Bootstrap(
             groups, seed,
             [&](const ResampleCounts& counts) { return std::vector<double>{WeightedMean(values, counts.front())}; })
      .front();
}

// For 50 normal rows the interval of the mean covers the true mean in P(|t_49| < 1.96 sqrt(49 / 50)) = 94.2 % of data
// sets, and slightly less often with only 1000 resamples: between 4.5 % and 7 % miss it.
TEST(BootstrapTest, TheIntervalOfAMeanCoversTheTruthAsOftenAsStated) {
  constexpr int kDataSets = 1000;
  int misses = 0;
  std::vector<float> values(50);
  for (uint32_t set = 0; set < kDataSets; ++set) {
    FillNormal({.seed = 11, .chain = set}, values);
    const Figure mean = MeanOf(values, set);
    misses += mean.lower <= 0 && 0 <= mean.upper ? 0 : 1;
  }
  EXPECT_GE(misses, reference::PoissonInterval(0.045 * kDataSets, reference::kAllowedFailure).lower);
  EXPECT_LE(misses, reference::PoissonInterval(0.07 * kDataSets, reference::kAllowedFailure).upper);
}

TEST(BootstrapTest, TheValueIsThatOfTheRowsAsTheyAre) {
  const std::vector<float> values = {1, 2, 6};
  const Figure mean = MeanOf(values, 1);
  EXPECT_DOUBLE_EQ(mean.value, 3);
  EXPECT_GE(mean.lower, 1);
  EXPECT_LE(mean.upper, 6);
}

TEST(BootstrapTest, ResamplesTakeAsManyRowsAsThereAreFromEachGroupByItself) {
  const std::array<int64_t, 2> groups = {5, 5};
  int equal = 0;
  int calls = 0;
  (void)Bootstrap(groups, 1, [&](const ResampleCounts& counts) {
    EXPECT_THAT(counts, ElementsAre(SizeIs(5), SizeIs(5)));
    for (const std::vector<uint32_t>& group : counts) {
      EXPECT_EQ(std::accumulate(group.begin(), group.end(), 0U), 5U);
    }
    equal += counts[0] == counts[1] ? 1 : 0;
    ++calls;
    return std::vector<double>{0};
  });
  EXPECT_EQ(calls, kBootstrapResamples + 1);
  EXPECT_LT(equal, kBootstrapResamples / 10);
}

TEST(BootstrapTest, RowsAreDrawnEquallyOften) {
  const std::array<int64_t, 1> groups = {20};
  std::vector<int64_t> totals(20);
  (void)Bootstrap(groups, 3, [&](const ResampleCounts& counts) {
    for (size_t i = 0; i < totals.size(); ++i) totals[i] += counts.front()[i];
    return std::vector<double>{0};
  });
  for (int64_t& total : totals) --total;  // the rows as they are
  EXPECT_TRUE(reference::AreEquallyLikely(totals, reference::kAllowedFailure));
}

TEST(BootstrapTest, DependsOnTheSeedAlone) {
  std::vector<float> values(30);
  FillNormal({.seed = 2}, values);
  EXPECT_EQ(MeanOf(values, 1).lower, MeanOf(values, 1).lower);
  EXPECT_NE(MeanOf(values, 1).lower, MeanOf(values, 2).lower);
}

}  // namespace
}  // namespace ebm

#include "client/load/load_plan.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/reference/quantiles.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

constexpr LoadMix kMix = {.classify = 70, .score = 10, .sample = 20};

TEST(LoadPlanTest, TheSameSeedGivesTheSamePlan) {
  EXPECT_EQ(PlanOpenLoop(kMix, 100, absl::Seconds(5), 1), PlanOpenLoop(kMix, 100, absl::Seconds(5), 1));
  EXPECT_NE(PlanOpenLoop(kMix, 100, absl::Seconds(5), 1), PlanOpenLoop(kMix, 100, absl::Seconds(5), 2));
}

// The count of a Poisson process has mean and variance rate * length, here 20000, and is close to normal.
TEST(LoadPlanTest, ArrivalsComeAtTheRate) {
  const double reach = reference::NormalBound(reference::kAllowedFailure) * std::sqrt(20000.0);
  EXPECT_NEAR(static_cast<double>(PlanOpenLoop(kMix, 1000, absl::Seconds(20), 3).size()), 20000, reach);
}

// Gaps are exponential, so a share exp(-1) is longer than the mean gap. The number of those is binomial.
TEST(LoadPlanTest, GapsAreExponential) {
  const std::vector<PlannedRequest> plan = PlanOpenLoop(kMix, 1000, absl::Seconds(20), 4);
  double longer = 0;
  for (size_t i = 1; i < plan.size(); ++i) longer += plan[i].due - plan[i - 1].due > absl::Milliseconds(1) ? 1 : 0;
  const auto n = static_cast<double>(plan.size() - 1);
  const double p = std::exp(-1.0);
  const double reach = reference::NormalBound(reference::kAllowedFailure) * std::sqrt(n * p * (1 - p));
  EXPECT_NEAR(longer, n * p, reach);
  EXPECT_TRUE(std::ranges::is_sorted(plan, {}, &PlannedRequest::due));
  EXPECT_LT(plan.back().due, absl::Seconds(20));
}

TEST(LoadPlanTest, KindsFollowTheirWeightsAndSizesTheirRanges) {
  const std::vector<PlannedRequest> plan = PlanClosedLoop(kMix, 20000, 5);
  double samples = 0;
  for (const PlannedRequest& request : plan) {
    EXPECT_EQ(request.rows, request.kind == RequestKind::kClassify ? 1U
                            : request.kind == RequestKind::kScore  ? 16U
                                                                   : 0U);
    if (request.kind != RequestKind::kSample) continue;
    ++samples;
    EXPECT_TRUE(request.chains >= 1 && request.chains <= 16 && request.steps >= 20 && request.steps <= 200);
  }
  const double reach = reference::NormalBound(reference::kAllowedFailure) * std::sqrt(20000 * 0.2 * 0.8);
  EXPECT_NEAR(samples, 4000, reach);
}

TEST(LoadPlanTest, RefusesMixesThatMeanNothing) {
  const auto refusal = [](const LoadMix& mix) { return std::string(mix.Validate().message()); };
  EXPECT_EQ(refusal(kMix), "");
  EXPECT_THAT(refusal({.classify = -1}), HasSubstr("-1"));
  EXPECT_THAT(refusal({.classify = std::nan("")}), HasSubstr("nan"));
  EXPECT_THAT(refusal({.classify = 0}), HasSubstr("all weights are 0"));
  EXPECT_THAT(refusal({.min_chains = 5, .max_chains = 4}), HasSubstr("chains are 5 to 4"));
  EXPECT_THAT(refusal({.min_steps = 0}), HasSubstr("steps are 0 to 200"));
  EXPECT_THAT(refusal({.classify_rows = 0}), HasSubstr("rows are 1 to 0"));
}

}  // namespace
}  // namespace ebm::client

#include "model/annealing/annealing_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <vector>

namespace ebm {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::FloatEq;

TEST(AnnealingPathTest, LinearBetasAreEvenlySpaced) {
  EXPECT_THAT(LinearBetas(4), ElementsAre(0, 0.25, 0.5, 0.75, 1));
  EXPECT_THAT(LinearBetas(1), ElementsAre(0, 1));
}

TEST(AnnealingPathTest, GeometricBetasRiseByEqualRatiosAfterTheFirst) {
  EXPECT_THAT(GeometricBetas(4, 0.001),
              ElementsAre(0, DoubleNear(0.001, 1e-12), DoubleNear(0.01, 1e-12), DoubleNear(0.1, 1e-12), 1));
  EXPECT_THAT(GeometricBetas(1, 0.001), ElementsAre(0, 1));
}

TEST(AnnealingPathTest, ReversedIsTheSameWayBack) {
  const AnnealingPath path{.betas = {0, 0.1, 1}, .step_sizes = {3, 2, 1}};
  EXPECT_THAT(path.Reversed().betas, ElementsAre(1, 0.1, 0));
  EXPECT_THAT(path.Reversed().step_sizes, ElementsAre(1, 2, 3));
  EXPECT_EQ(path.Reversed().steps(), 2);
}

// Speeds of 4 in the first half and 1 in the second, with a ramp between.
AnnealingProfile TwoSpeeds() {
  return AnnealingProfile({{.beta = 0, .deviation = 4, .step_size = 1},
                           {.beta = 0.5, .deviation = 4, .step_size = 0.01F},
                           {.beta = 0.5001, .deviation = 1, .step_size = 0.01F},
                           {.beta = 1, .deviation = 1, .step_size = 0.04F}});
}

TEST(AnnealingProfileTest, LengthIsTheIntegralOfTheSpeed) { EXPECT_NEAR(TwoSpeeds().length(), 2.5, 1e-3); }

TEST(AnnealingProfileTest, EqualBetasShareTheLengthEvenly) {
  const std::vector<double> betas = TwoSpeeds().EqualBetas(5);
  EXPECT_THAT(betas, ElementsAre(0, DoubleNear(0.125, 1e-3), DoubleNear(0.25, 1e-3), DoubleNear(0.375, 1e-3),
                                 DoubleNear(0.5, 1e-3), 1));
}

TEST(AnnealingProfileTest, APathWithoutLengthIsCutEvenly) {
  const AnnealingProfile profile({{.beta = 0}, {.beta = 1}});
  EXPECT_EQ(profile.length(), 0);
  EXPECT_THAT(profile.EqualBetas(2), ElementsAre(0, 0.5, 1));
}

TEST(AnnealingProfileTest, ASlowChainCountsAsALongerWay) {
  const AnnealingProfile profile(
      {{.beta = 0, .deviation = 3, .correlation = 0.6}, {.beta = 1, .deviation = 3, .correlation = 0.6}});
  EXPECT_DOUBLE_EQ(profile.length(), 3 * 2);  // (1 + 0.6) / (1 - 0.6) is 4
}

// The header's double sum, term by term.
TEST(AnnealingProfileTest, TheVarianceIsThePlainDoubleSum) {
  for (const double rho : {0.0, 0.5, 0.98}) {
    const AnnealingProfile profile(
        {{.beta = 0, .deviation = 3, .correlation = rho}, {.beta = 1, .deviation = 3, .correlation = rho}});
    for (const int64_t steps : {1, 2, 7, 40}) {
      double expected = 0;
      for (int64_t s = 0; s < steps; ++s) {
        for (int64_t t = 0; t < steps; ++t)
          expected += std::pow(rho, std::abs(s - t)) * 9 / static_cast<double>(steps * steps);
      }
      EXPECT_NEAR(profile.LogWeightVariance(steps), expected, 1e-9) << rho << " " << steps;
    }
  }
}

TEST(AnnealingProfileTest, ManyStepsComeToTheLengthSquaredOverTheirNumber) {
  const AnnealingProfile profile({{.beta = 0, .deviation = 9, .correlation = 0.5},
                                  {.beta = 0.3, .deviation = 2, .correlation = 0.9},
                                  {.beta = 1, .deviation = 1, .correlation = 0.7}});
  const double limit = profile.length() * profile.length();
  EXPECT_NEAR(profile.LogWeightVariance(5000) * 5000, limit, 0.05 * limit);
}

TEST(AnnealingProfileTest, StepSizesAreInterpolatedInTheirLogarithm) {
  const AnnealingProfile profile = TwoSpeeds();
  EXPECT_THAT(profile.StepSize(0), FloatEq(1));
  EXPECT_THAT(profile.StepSize(0.25), FloatEq(0.1F));
  EXPECT_THAT(profile.StepSize(1), FloatEq(0.04F));
  EXPECT_THAT(profile.PathAlong({0, 0.25}).step_sizes, ElementsAre(FloatEq(1), FloatEq(0.1F)));
}

}  // namespace
}  // namespace ebm

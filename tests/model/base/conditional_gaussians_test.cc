#include "model/base/conditional_gaussians.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "model/energy/energy_factory.h"
#include "tests/reference/gaussian_base_oracle.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/random_base.h"

namespace ebm {
namespace {

using reference::GaussianBaseOracle;

constexpr int64_t kCoordinates = 4;
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr double kReach = 12;  // of the quadrature: no component has a mean or a deviation of more than 2
constexpr double kWidth = 0.05;

// The components' means are of the order of 1, and their deviations between 0.3 and 3.
class ConditionalGaussiansTest : public ::testing::TestWithParam<int32_t> {
 protected:
  double LogBase(const std::vector<double>& x) const { return oracle_.LogBase(x, GetParam()).value; }

  std::unique_ptr<ConditionalDensity> Given(const std::vector<float>& x) const {
    return energy_->base_density()->Given(x, GetParam());
  }

  const reference::TestModel model_ =
      reference::WithRandomBase(61, kClassGaussiansBase, 0.3F, reference::RandomMlp(60, {kCoordinates, {3}, 3}));
  const GaussianBaseOracle oracle_ = GaussianBaseOracle(model_);
  const std::unique_ptr<EnergyModel> energy_ = *MakeEnergyModel(model_.spec, model_.tensors);
};

INSTANTIATE_TEST_SUITE_P(Classes, ConditionalGaussiansTest, testing::Values(kNoClass, 0, 2), [](const auto& parameter) {
  return parameter.param == kNoClass ? std::string("All") : "Class" + std::to_string(parameter.param);
});

TEST_P(ConditionalGaussiansTest, TheMarginalIsTheIntegralOverTheMissingCoordinates) {
  const std::vector<float> x = {0.4F, kMissing, -0.7F, kMissing};
  double sum = 0;
  for (double a = -kReach; a < kReach; a += kWidth) {
    for (double b = -kReach; b < kReach; b += kWidth) sum += std::exp(LogBase({x[0], a, x[2], b}));
  }
  EXPECT_NEAR(Given(x)->log_marginal(), std::log(sum * kWidth * kWidth), 1e-5);
}

TEST_P(ConditionalGaussiansTest, WithoutMissingCoordinatesTheMarginalIsTheDensity) {
  const std::vector<float> x = {0.4F, 1.1F, -0.7F, 0.2F};
  EXPECT_NEAR(Given(x)->log_marginal(), LogBase({x.begin(), x.end()}), 1e-6);
}

TEST_P(ConditionalGaussiansTest, WithoutKnownCoordinatesTheMarginalIsOne) {
  EXPECT_NEAR(Given(std::vector<float>(kCoordinates, kMissing))->log_marginal(), 0, 1e-6);
}

// The share of draws below a threshold is that of the density, by Hoeffding's inequality.
TEST_P(ConditionalGaussiansTest, DrawsFollowTheConditionalDensity) {
  constexpr uint32_t kDraws = 20000;
  constexpr double kThresholds[] = {-1.5, -0.5, 0, 0.5, 1.5};
  const std::vector<float> x = {0.4F, kMissing, -0.7F, 0.9F};
  const auto given = Given(x);
  std::vector<float> drawn;
  for (uint32_t chain = 0; chain < kDraws; ++chain) {
    std::vector<float> row = x;
    given->Draw(5, chain, row);
    EXPECT_EQ(row[0], x[0]);
    EXPECT_EQ(row[2], x[2]);
    EXPECT_EQ(row[3], x[3]);
    drawn.push_back(row[1]);
  }
  const double failure = reference::kAllowedFailure / std::size(kThresholds);
  const double reach = std::sqrt(std::log(2 / failure) / (2 * kDraws));
  for (const double threshold : kThresholds) {
    double below = 0;
    double all = 0;
    for (double a = -kReach + kWidth / 2; a < kReach; a += kWidth) {
      const double density = std::exp(LogBase({x[0], a, x[2], x[3]}));
      all += density;
      if (a < threshold) below += density;
    }
    const auto count = std::ranges::count_if(drawn, [threshold](float value) { return value < threshold; });
    EXPECT_NEAR(static_cast<double>(count) / kDraws, below / all, reach) << threshold;
  }
}

TEST_P(ConditionalGaussiansTest, ADrawDependsOnItsSeedAndChainOnly) {
  const std::vector<float> x = {kMissing, kMissing, -0.7F, 0.9F};
  const auto draw = [&x, this](uint64_t seed, uint32_t chain) {
    std::vector<float> row = x;
    Given(x)->Draw(seed, chain, row);
    return row;
  };
  EXPECT_EQ(draw(5, 3), draw(5, 3));
  EXPECT_NE(draw(5, 3), draw(5, 4));
  EXPECT_NE(draw(5, 3), draw(6, 3));
}

}  // namespace
}  // namespace ebm

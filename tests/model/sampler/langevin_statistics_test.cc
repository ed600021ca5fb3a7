// The distribution of Langevin chains on a quadratic energy, where the discretised chain has a closed form
// (tests/reference/quadratic_energy.h). Means and variances over chains are tested by their exact distributions;
// products and time averages are asymptotically normal, which holds well for 2^14 and more terms. Single precision
// changes a state by a relative 1e-7, a thousandth of the smallest tolerance here.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "model/sampler/langevin.h"
#include "tests/reference/quadratic_energy.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::GaussianChain;
using reference::HasNormalMean;
using reference::HasNormalVariance;
using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::QuadraticEnergy;

constexpr float kAlpha = 0.5F;
constexpr float kSigma = 0.3F;
constexpr int64_t kDimension = 4;
constexpr int64_t kChains = 1 << 14;
// Steps after which the start is forgotten: the slowest coordinate has rho = 0.8, and 0.8^60 = 1.5e-6 of a distance of
// 3 is a thousandth of the mean's standard error.
constexpr int kForgotten = 60;

class LangevinStatisticsTest : public testing::Test {
 protected:
  // alpha lambda = 0.2, 0.5, 1.25, 1.6, so rho = 0.8, 0.5, -0.25, -0.6: slow, fast, and overshooting twice.
  const std::vector<float> lambda_ = {0.4F, 1.0F, 2.5F, 3.2F};
  const std::vector<float> mu_ = {1.0F, -2.0F, 0.0F, 0.5F};
  const std::vector<float> start_ = {-2.0F, 0.0F, 3.0F, 0.5F};

  GaussianChain Chain(int64_t i) const {
    return {.alpha = kAlpha, .sigma = kSigma, .lambda = lambda_[i], .mu = mu_[i]};
  }

  ChainBatch Begin(int64_t chains) const {
    ChainBatch batch(chains, kDimension);
    for (int64_t row = 0; row < chains; ++row) {
      const SamplerSettings sampler = {.kernel = Langevin{kAlpha, kSigma}};
      batch.Set(row, {.seed = 314, .chain = static_cast<uint32_t>(row), .sampler = sampler}, 0, start_, {});
    }
    return batch;
  }

  void Step(ChainBatch& chains, int steps) const {
    for (int step = 0; step < steps; ++step) kernel_.Step(chains);
  }

  // Coordinate i of every chain: independent draws.
  static std::vector<double> Column(const ChainBatch& chains, int64_t i) {
    std::vector<double> column;
    column.reserve(chains.rows());
    for (int64_t row = 0; row < chains.rows(); ++row) column.push_back(chains.states().row(row)[i]);
    return column;
  }

  const QuadraticEnergy energy_{lambda_, mu_};
  const LangevinKernel kernel_{energy_};
};

TEST_F(LangevinStatisticsTest, StationaryLawIsThatOfTheDiscretisedChain) {
  constexpr double kFailure = kAllowedFailure / (2 * kDimension);
  ChainBatch chains = Begin(kChains);
  Step(chains, kForgotten);
  for (int64_t i = 0; i < kDimension; ++i) {
    const std::vector<double> column = Column(chains, i);
    const double variance = Chain(i).StationaryVariance();
    EXPECT_TRUE(HasNormalMean(column, mu_[i], variance, kFailure)) << "coordinate " << i;
    EXPECT_TRUE(HasNormalVariance(column, mu_[i], variance, kFailure)) << "coordinate " << i;
  }
}

// The test above has the power to detect the bias of the step size: it would reject T / lambda, and a mean that is off
// by a tenth of a standard deviation, in every coordinate.
TEST_F(LangevinStatisticsTest, TheContinuousLimitWouldBeRefused) {
  constexpr double kFailure = kAllowedFailure / (2 * kDimension);
  ChainBatch chains = Begin(kChains);
  Step(chains, kForgotten);
  for (int64_t i = 0; i < kDimension; ++i) {
    const std::vector<double> column = Column(chains, i);
    const double variance = Chain(i).StationaryVariance();
    EXPECT_FALSE(HasNormalVariance(column, mu_[i], Chain(i).ContinuousLimitVariance(), kFailure)) << "coordinate " << i;
    EXPECT_FALSE(HasNormalMean(column, mu_[i] + 0.1 * std::sqrt(variance), variance, kFailure)) << "coordinate " << i;
  }
}

TEST_F(LangevinStatisticsTest, TransientMeanAndVarianceFollowTheClosedForm) {
  constexpr int kTimes[] = {1, 2, 3, 5, 10, 20};
  constexpr double kFailure = kAllowedFailure / (2 * kDimension * std::size(kTimes));
  ChainBatch chains = Begin(kChains);
  int time = 0;
  for (const int next : kTimes) {
    Step(chains, next - time);
    time = next;
    for (int64_t i = 0; i < kDimension; ++i) {
      const std::vector<double> column = Column(chains, i);
      const double mean = Chain(i).MeanAfter(time, start_[i]);
      const double variance = Chain(i).VarianceAfter(time);
      EXPECT_TRUE(HasNormalMean(column, mean, variance, kFailure)) << "coordinate " << i << ", step " << time;
      EXPECT_TRUE(HasNormalVariance(column, mean, variance, kFailure)) << "coordinate " << i << ", step " << time;
    }
  }
}

// Coordinates are independent of each other, and the two ends of a step are correlated as rho. A product of centred
// normals with variance v and correlation r has mean r v and variance (1 + r^2) v^2.
TEST_F(LangevinStatisticsTest, OnlyAChainsOwnPastIsCorrelated) {
  constexpr double kFailure = kAllowedFailure / (kDimension * kDimension);
  ChainBatch chains = Begin(kChains);
  Step(chains, kForgotten);
  const ChainBatch before = chains;
  Step(chains, 1);
  for (int64_t i = 0; i < kDimension; ++i) {
    for (int64_t j = 0; j < kDimension; ++j) {
      const std::vector<double> x = Column(before, i);
      const std::vector<double> y = Column(chains, j);
      double covariance = 0;
      for (size_t row = 0; row < x.size(); ++row) covariance += (x[row] - mu_[i]) * (y[row] - mu_[j]) / kChains;
      const double scale = std::sqrt(Chain(i).StationaryVariance() * Chain(j).StationaryVariance());
      const double rho = i == j ? Chain(i).rho() : 0;
      const double stddev = std::sqrt((1 + rho * rho) / kChains);
      EXPECT_TRUE(IsNormalDraw(covariance / scale, rho, stddev, kFailure)) << "coordinates " << i << ", " << j;
    }
  }
}

// A single chain's average over N steps. Its members are correlated as rho^k at k steps, their squares as rho^2k, so
// the averages' variances are v / N (1 + rho) / (1 - rho) and 2 v^2 / N (1 + rho^2) / (1 - rho^2).
TEST_F(LangevinStatisticsTest, OneLongChainAveragesToTheSameDistribution) {
  constexpr int kSteps = 1 << 18;
  constexpr double kFailure = kAllowedFailure / (2 * kDimension);
  ChainBatch chains = Begin(1);
  Step(chains, kForgotten);
  std::vector<double> sums(kDimension);
  std::vector<double> square_sums(kDimension);
  for (int step = 0; step < kSteps; ++step) {
    Step(chains, 1);
    for (int64_t i = 0; i < kDimension; ++i) {
      const double distance = chains.states().row(0)[i] - double{mu_[i]};
      sums[i] += distance;
      square_sums[i] += distance * distance;
    }
  }
  for (int64_t i = 0; i < kDimension; ++i) {
    const double rho = Chain(i).rho();
    const double variance = Chain(i).StationaryVariance();
    const double mean_stddev = std::sqrt(variance / kSteps * (1 + rho) / (1 - rho));
    const double variance_stddev = variance * std::sqrt(2.0 / kSteps * (1 + rho * rho) / (1 - rho * rho));
    EXPECT_TRUE(IsNormalDraw(sums[i] / kSteps, 0, mean_stddev, kFailure)) << "coordinate " << i;
    EXPECT_TRUE(IsNormalDraw(square_sums[i] / kSteps, variance, variance_stddev, kFailure)) << "coordinate " << i;
    EXPECT_FALSE(IsNormalDraw(square_sums[i] / kSteps, Chain(i).ContinuousLimitVariance(), variance_stddev, kFailure));
  }
}

}  // namespace
}  // namespace ebm

// The distribution of Metropolis-adjusted chains on targets that are known in closed form. Chains that start from the
// target distribution must have it after every step, for any step size, without burn-in or bias. The chains are
// independent of each other, so chi-square tests of the counts of equally probable cells apply. Single precision
// changes a state by a relative 1e-7, far less than a cell's width over the square root of the chains in it.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/core/random.h"
#include "model/sampler/langevin.h"
#include "model/sampler/metropolis_langevin.h"
#include "tests/reference/mixture_energy.h"
#include "tests/reference/quadratic_energy.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::AreEquallyLikely;
using reference::kAllowedFailure;
using reference::MixtureEnergy;
using reference::NormalCdf;
using reference::QuadraticEnergy;

constexpr int64_t kChains = 1 << 13;
constexpr int kCells = 20;

struct Target {
  std::string name;
  std::shared_ptr<const EnergyModel> energy;
  std::function<double(int64_t, double)> cdf;  // of coordinate i, on the whole line; coordinates are independent
  float step_size = 1;
  float noise_scale = 1;
  float lower = -INFINITY;
  float upper = INFINITY;
  int steps = 12;
  double least_acceptance = 0.3;  // between these the test has power: chains move, and proposals are rejected
  double most_acceptance = 0.95;
};

// N(mu, T / lambda) in every coordinate.
Target Gaussian(std::string name, int64_t dimension, float step_size, float temperature) {
  std::vector<float> lambda;
  std::vector<float> mu;
  for (int64_t i = 0; i < dimension; ++i) {
    lambda.push_back(0.5F + 1.5F * static_cast<float>(i) / static_cast<float>(dimension));
    mu.push_back(static_cast<float>(i % 5) - 2.0F);
  }
  return {.name = std::move(name),
          .energy = std::make_shared<QuadraticEnergy>(lambda, mu),
          .cdf = [=](int64_t i, double x) { return NormalCdf((x - mu[i]) * std::sqrt(lambda[i] / temperature)); },
          .step_size = step_size,
          .noise_scale = std::sqrt(2 * step_size * temperature)};
}

Target Mixture() {
  const auto energy =
      std::make_shared<MixtureEnergy>(std::vector<MixtureEnergy::Component>{{0.3, -1.5, 0.5}, {0.7, 1.0, 0.8}});
  return {.name = "Mixture",
          .energy = energy,
          .cdf = [energy](int64_t, double x) { return energy->Cdf(x); },
          .step_size = 0.6F,
          .noise_scale = std::sqrt(1.2F)};
}

Target InABox() {
  Target target = Gaussian("InABox", 2, 0.3F, 1.0F);
  target.lower = -1.5F;
  target.upper = 0.25F;
  return target;
}

std::vector<Target> Targets() {
  return {Gaussian("OneDimension", 1, 1.5F, 1.0F),
          Gaussian("Cold", 3, 0.9F, 0.01F),
          Gaussian("EightDimensions", 8, 0.6F, 1.0F),
          Gaussian("SixtyFourDimensions", 64, 0.3F, 2.0F),
          Mixture(),
          InABox()};
}

class MetropolisDistributionTest : public testing::TestWithParam<Target> {
 protected:
  // The cumulative distribution function of the target within its box.
  double Cdf(int64_t i, double x) const {
    const double below = target_.cdf(i, target_.lower);
    return (target_.cdf(i, x) - below) / (target_.cdf(i, target_.upper) - below);
  }

  // Inverts the function by bisection.
  float Quantile(int64_t i, double probability) const {
    double lower = std::max(-100.0, double{target_.lower});
    double upper = std::min(100.0, double{target_.upper});
    for (int halving = 0; halving < 60; ++halving) {
      const double middle = (lower + upper) / 2;
      (Cdf(i, middle) < probability ? lower : upper) = middle;
    }
    return static_cast<float>((lower + upper) / 2);
  }

  ChainBatch Begin(const std::function<void(uint32_t, std::span<float>)>& start) const {
    ChainBatch chains(kChains, dimension_);
    std::vector<float> state(dimension_);
    for (uint32_t chain = 0; chain < kChains; ++chain) {
      start(chain, state);
      chains.Set(chain,
                 {.seed = 2718,
                  .chain = chain,
                  .sampler = {.kernel = MetropolisLangevin{target_.step_size, target_.noise_scale},
                              .clamp_lower = target_.lower,
                              .clamp_upper = target_.upper}},
                 0, state, {});
    }
    return chains;
  }

  ChainBatch BeginAtTheTarget() const {
    return Begin([this](uint32_t chain, std::span<float> state) {
      FillUniform({.seed = 1618, .stream = RandomStream::kChainStart, .chain = chain}, state);
      for (int64_t i = 0; i < dimension_; ++i) state[i] = Quantile(i, state[i]);
    });
  }

  const LogDensityGradient& Gradient() const { return *target_.energy->log_density_gradient(); }

  void Run(const TransitionKernel& kernel, int steps, ChainBatch& chains) const {
    for (int step = 0; step < steps; ++step) kernel.Step(chains);
  }

  testing::AssertionResult HasTheDistribution(const ChainBatch& chains, int64_t i, double failure) const {
    std::vector<int64_t> cells(kCells);
    for (int64_t row = 0; row < chains.rows(); ++row) {
      ++cells[std::min(kCells - 1, static_cast<int>(kCells * Cdf(i, chains.states().row(row)[i])))];
    }
    return AreEquallyLikely(cells, failure);
  }

  const Target target_ = GetParam();
  const int64_t dimension_ = target_.energy->dimension();
  const double failure_ = kAllowedFailure / static_cast<double>(dimension_);
};

INSTANTIATE_TEST_SUITE_P(Targets, MetropolisDistributionTest, testing::ValuesIn(Targets()),
                         [](const auto& info) { return info.param.name; });

TEST_P(MetropolisDistributionTest, ChainsWithTheTargetsDistributionKeepIt) {
  ChainBatch chains = BeginAtTheTarget();
  Run(MetropolisLangevinKernel(Gradient()), target_.steps, chains);
  for (int64_t i = 0; i < dimension_; ++i) EXPECT_TRUE(HasTheDistribution(chains, i, failure_)) << "coordinate " << i;
  double accepted = 0;
  for (int64_t row = 0; row < kChains; ++row) accepted += chains.TakeAccepted(row);
  accepted /= static_cast<double>(kChains) * target_.steps;
  EXPECT_GT(accepted, target_.least_acceptance);
  EXPECT_LT(accepted, target_.most_acceptance);
}

// The test above has the power to detect a missing correction.
TEST_P(MetropolisDistributionTest, UnadjustedChainsLoseIt) {
  ChainBatch chains = BeginAtTheTarget();
  Run(LangevinKernel(Gradient()), target_.steps, chains);
  bool any_refused = false;
  for (int64_t i = 0; i < dimension_; ++i) any_refused |= !HasTheDistribution(chains, i, failure_);
  EXPECT_TRUE(any_refused);
}

// After 400 steps, the effect of a start two standard deviations off is far below what the cells can detect.
TEST_P(MetropolisDistributionTest, ChainsFromElsewhereFindIt) {
  if (dimension_ > 8) GTEST_SKIP() << "takes long and covers nothing further";
  ChainBatch chains = Begin([this](uint32_t, std::span<float> state) { std::ranges::fill(state, Quantile(0, 0.05)); });
  Run(MetropolisLangevinKernel(Gradient()), 400, chains);
  for (int64_t i = 0; i < dimension_; ++i) EXPECT_TRUE(HasTheDistribution(chains, i, failure_)) << "coordinate " << i;
}

// The chains begin with a step size that is thirty times too large, or too small, and have 200 steps of burn-in.
TEST_P(MetropolisDistributionTest, ChainsThatTunedTheirStepFindIt) {
  if (dimension_ > 8) GTEST_SKIP() << "takes long and covers nothing further";
  constexpr uint32_t kBurnIn = 200;
  for (const float factor : {30.0F, 1 / 30.0F}) {
    ChainBatch chains =
        Begin([this](uint32_t, std::span<float> state) { std::ranges::fill(state, Quantile(0, 0.05)); });
    std::vector<float> start(dimension_);
    for (int64_t row = 0; row < kChains; ++row) {
      ChainSettings settings = chains.settings(row);
      settings.sampler.kernel = MetropolisLangevin{target_.step_size * factor, target_.noise_scale * std::sqrt(factor),
                                                   /*adaptation_steps=*/kBurnIn};
      std::ranges::copy(chains.states().row(row), start.begin());
      chains.Set(row, settings, 0, start, {});
    }
    Run(MetropolisLangevinKernel(Gradient()), kBurnIn, chains);
    for (int64_t row = 0; row < kChains; ++row) chains.TakeAccepted(row);
    constexpr int kSteps = 400;
    Run(MetropolisLangevinKernel(Gradient()), kSteps, chains);
    for (int64_t i = 0; i < dimension_; ++i) EXPECT_TRUE(HasTheDistribution(chains, i, failure_)) << "coordinate " << i;
    double accepted = 0;
    for (int64_t row = 0; row < kChains; ++row) accepted += chains.TakeAccepted(row);
    EXPECT_NEAR(accepted / (static_cast<double>(kChains) * kSteps), 0.574, 0.1) << "started at " << factor;
  }
}

}  // namespace
}  // namespace ebm

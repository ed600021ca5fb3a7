#include "model/annealing/weighted_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "model/annealing/importance_weights.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/normal_base.h"
#include "tests/reference/quadratic_energy.h"
#include "tests/reference/random_base.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::NormalBase;
using reference::QuadraticEnergy;

std::vector<double> LogWeights(WeightedChains& chains) {
  std::vector<double> log_weights;
  log_weights.reserve(chains.chains().rows());
  for (int64_t row = 0; row < chains.chains().rows(); ++row) log_weights.push_back(chains.log_weight(row));
  return log_weights;
}

// A network of zeros with class Gaussians as its base and this base_evidence.
reference::TestModel ZerosOnClassGaussians(float evidence) {
  reference::TestModel zeros =
      reference::WithRandomBase(71, kClassGaussiansBase, evidence, reference::RandomMlp(70, {4, {3}, 3}));
  for (size_t i = 0; i + 3 < zeros.tensors.size(); ++i) std::ranges::fill(zeros.tensors[i].values, 0.0F);
  return zeros;
}

// The mean of coordinate i of the weighted end states, and its standard error (of a ratio of means, by the delta
// method).
std::pair<double, double> WeightedMean(WeightedChains& chains, size_t i) {
  const int64_t rows = chains.chains().rows();
  double total = 0;
  double mean = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const double weight = std::exp(chains.log_weight(row));
    total += weight;
    mean += weight * chains.chains().states().row(row)[i];
  }
  mean /= total;
  double variance = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const double weight = std::exp(chains.log_weight(row));
    variance += std::pow(weight * (chains.chains().states().row(row)[i] - mean) / total, 2);
  }
  return {mean, std::sqrt(variance)};
}

class WeightedChainsTest : public ::testing::Test {
 protected:
  static ChainSettings Settings(uint32_t chain, uint32_t steps) {
    return {.seed = 5, .chain = chain, .sampler = {.steps = steps, .kernel = AnnealedLangevin{0.3F}}};
  }

  MatrixBuffer Starts(int64_t n) const {
    MatrixBuffer starts(n, 2);
    base_.Draw(5, 0, kNoClass, starts.view());
    return starts;
  }

  WeightedChains Begin(int64_t n, uint32_t steps) const {
    WeightedChains chains(*energy_.log_density_gradient(), base_, n);
    const MatrixBuffer starts = Starts(n);
    chains.chains().set_rows(n);
    for (int64_t row = 0; row < n; ++row) {
      chains.Set(row, Settings(static_cast<uint32_t>(row), steps), 0, 0, starts.row(row));
    }
    return chains;
  }

  const std::vector<float> lambda_ = {2, 0.5F};
  const std::vector<float> mu_ = {1, -1};
  const QuadraticEnergy energy_{lambda_, mu_};
  const NormalBase base_{2, 0.5F, 2};
};

// ln Z = D/2 ln(2 pi) - sum ln lambda / 2, and the mean is mu, however few the steps.
TEST_F(WeightedChainsTest, WeighTheirEndsIntoTheModelsDistribution) {
  const double log_z = std::log(2 * std::numbers::pi) - 0.5 * std::log(2 * 0.5);
  for (const uint32_t steps : {1U, 5U, 40U}) {
    constexpr int64_t kChains = 20000;
    WeightedChains chains = Begin(kChains, steps);
    for (uint32_t step = 0; step < steps; ++step) chains.Step();
    const WeightSummary summary = Summarise(LogWeights(chains));
    EXPECT_TRUE(
        reference::IsNormalDraw(summary.log_mean, log_z, summary.standard_error, reference::kAllowedFailure / 9))
        << steps;
    for (const size_t i : {0, 1}) {
      const auto [mean, deviation] = WeightedMean(chains, i);
      EXPECT_TRUE(reference::IsNormalDraw(mean, mu_[i], deviation, reference::kAllowedFailure / 9)) << steps;
    }
  }
}

// A network of zeros on class Gaussians: for tau = 0, p~(x, y) is b(x) with integral 1; for tau = 1, it is w_y b_y(x)
// with integral w_y. Chains from b_y alone would miss the former.
TEST(WeightedChainsOfAClassTest, WeighTheirEndsIntoTheModelOfTheClass) {
  constexpr int64_t kChains = 4000;
  constexpr uint32_t kSteps = 5;
  for (const float evidence : {0.0F, 1.0F}) {
    const reference::TestModel zeros = ZerosOnClassGaussians(evidence);
    const auto model = *MakeEnergyModel(zeros.spec, zeros.tensors);
    for (const int32_t y : {0, 1, 2}) {
      MatrixBuffer starts(kChains, 4);
      DefensiveBase(*model->base_density(), 0).Draw(5, 0, y, starts.view());
      WeightedChains chains(*model->log_density_gradient(), *model->base_density(), kChains);
      chains.chains().set_rows(kChains);
      for (int64_t row = 0; row < kChains; ++row) {
        const ChainSettings settings = {.seed = 5,
                                        .chain = static_cast<uint32_t>(row),
                                        .target_class = y,
                                        .sampler = {.steps = kSteps, .kernel = AnnealedLangevin{0.1F}}};
        chains.Set(row, settings, 0, 0, starts.row(row));
      }
      for (uint32_t step = 0; step < kSteps; ++step) chains.Step();
      const double expected = evidence * zeros.tensors.end()[-3].values[y];
      const WeightSummary summary = Summarise(LogWeights(chains));
      EXPECT_LT(summary.standard_error, 0.05);
      EXPECT_TRUE(
          reference::IsNormalDraw(summary.log_mean, expected, summary.standard_error, reference::kAllowedFailure / 18))
          << "class " << y << ", evidence " << evidence << ": " << summary.log_mean << " for " << expected;
      for (size_t i = 0; i < 4 && evidence == 1; ++i) {
        const auto [mean, deviation] = WeightedMean(chains, i);
        EXPECT_TRUE(reference::IsNormalDraw(mean, zeros.tensors.end()[-2].values[4 * y + i], deviation,
                                            reference::kAllowedFailure / 18))
            << "class " << y << ", coordinate " << i;
      }
    }
  }
}

// ln w of one step is ln p~(x, y) - ln d_y(x) at the start, where p~(x, y) = b(x): never above ln 2.
TEST(WeightedChainsOfAClassTest, NoWeightOfOneStepIsAboveTwiceTheRatioToTheBase) {
  const reference::TestModel zeros = ZerosOnClassGaussians(0);
  const auto model = *MakeEnergyModel(zeros.spec, zeros.tensors);
  WeightedChains chains(*model->log_density_gradient(), *model->base_density(), 500);
  MatrixBuffer starts(500, 4);
  DefensiveBase(*model->base_density(), 0).Draw(6, 0, 1, starts.view());
  chains.chains().set_rows(500);
  for (int64_t row = 0; row < 500; ++row) {
    chains.Set(row, {.seed = 6, .chain = static_cast<uint32_t>(row), .target_class = 1, .sampler = {.steps = 1}}, 0, 0,
               starts.row(row));
  }
  chains.Step();
  const double largest = std::ranges::max(LogWeights(chains));
  EXPECT_LE(largest, std::log(2) + 1e-5);
  EXPECT_GT(largest, 0.3);
}

TEST_F(WeightedChainsTest, MoreStepsMakeWeightsMoreEven) {
  double before = 0;
  for (const uint32_t steps : {1U, 10U, 100U}) {
    WeightedChains chains = Begin(500, steps);
    for (uint32_t step = 0; step < steps; ++step) chains.Step();
    const double size = Summarise(LogWeights(chains)).effective_sample_size;
    EXPECT_GT(size, before) << steps;
    before = size;
  }
}

TEST_F(WeightedChainsTest, AChainHasTheSameBitsAloneAndInCompanyAndAfterBeingParked) {
  constexpr uint32_t kSteps = 20;
  const MatrixBuffer starts = Starts(4);
  WeightedChains alone(*energy_.log_density_gradient(), base_, 1);
  alone.chains().set_rows(1);
  alone.Set(0, Settings(3, kSteps), 0, 0, starts.row(3));
  for (uint32_t step = 0; step < kSteps; ++step) alone.Step();

  WeightedChains busy = Begin(4, kSteps);
  for (int step = 0; step < 7; ++step) busy.Step();
  busy.Copy(3, 1);
  busy.chains().set_rows(2);
  for (int step = 7; step < 12; ++step) busy.Step();
  const std::span<const float> state = busy.chains().states().row(1);
  const std::vector<float> parked(state.begin(), state.end());
  WeightedChains later = Begin(2, 7);
  later.Set(1, Settings(3, kSteps), 12, busy.log_weight(1), parked);
  for (int step = 12; step < 20; ++step) later.Step();
  EXPECT_EQ(later.log_weight(1), alone.log_weight(0));
  EXPECT_THAT(later.chains().states().row(1), ::testing::ElementsAreArray(alone.chains().states().row(0)));
}

TEST_F(WeightedChainsTest, CountWhatTheyAccept) {
  WeightedChains chains = Begin(1, 100);
  uint32_t moves = 0;
  for (int step = 0; step < 100; ++step) {
    const std::span<const float> state = chains.chains().states().row(0);
    const std::vector<float> before(state.begin(), state.end());
    chains.Step();
    moves += std::ranges::equal(chains.chains().states().row(0), before) ? 0 : 1;
  }
  EXPECT_GT(moves, 0);
  EXPECT_LT(moves, 100);
  EXPECT_EQ(chains.TakeAccepted(0), moves);
  EXPECT_EQ(chains.TakeAccepted(0), 0);
}

TEST_F(WeightedChainsTest, AStateWithoutADensityIsSeenAsDiverged) {
  WeightedChains chains = Begin(2, 5);
  chains.Set(1, Settings(1, 5), 0, 0, std::vector<float>(2, 1e30F));  // its square overflows a float
  chains.Step();
  EXPECT_TRUE(chains.chains().IsFinite(0));
  EXPECT_FALSE(chains.chains().IsFinite(1));
}

}  // namespace
}  // namespace ebm

// Compares estimates of ln Z with exact values: closed forms, and quadrature in the plane.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/offline/partition/annealed_run.h"
#include "model/offline/partition/estimator.h"
#include "tests/reference/normal_base.h"
#include "tests/reference/plane_mixture_energy.h"
#include "tests/reference/quadratic_energy.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::HasNormalMean;
using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::NormalBase;
using reference::NormalCdf;
using reference::PlaneMixtureEnergy;
using reference::QuadraticEnergy;

struct Target {
  std::string name;
  std::shared_ptr<const EnergyModel> energy;
  std::shared_ptr<const BaseDensity> base;
  double log_z = 0;
  Box box = {};
};

void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

// The log of the integral over the box by the midpoint rule, computed from the model itself.
double LogQuadrature(const EnergyModel& energy, Box box, int64_t cells) {
  const float width = (box.upper - box.lower) / static_cast<float>(cells);
  MatrixBuffer x(cells, 2);
  std::vector<float> log_density(cells);
  double sum = 0;
  for (int64_t i = 0; i < cells; ++i) {
    for (int64_t j = 0; j < cells; ++j) {
      x.row(j)[0] = box.lower + (static_cast<float>(i) + 0.5F) * width;
      x.row(j)[1] = box.lower + (static_cast<float>(j) + 0.5F) * width;
    }
    energy.LogDensity(std::as_const(x).view(), log_density);
    for (const float value : log_density) sum += std::exp(double{value});
  }
  return std::log(sum) + 2 * std::log(width);
}

struct Quadratic {
  std::vector<float> lambda;
  std::vector<float> mu;
};

Quadratic QuadraticIn(int64_t dimension, float stiffness) {
  Quadratic quadratic;
  for (int64_t i = 0; i < dimension; ++i) {
    quadratic.lambda.push_back(stiffness * (0.2F + static_cast<float>(i) / static_cast<float>(dimension)));
    quadratic.mu.push_back(0.25F * (static_cast<float>(i % 5) - 2.0F));
  }
  return quadratic;
}

// Z = prod_i sqrt(2 pi / lambda_i).
Target OnAGaussian(int64_t dimension, float stiffness = 2.5F) {
  const auto [lambda, mu] = QuadraticIn(dimension, stiffness);
  double log_z = 0;
  for (const float precision : lambda) log_z += std::log(2 * std::numbers::pi / precision) / 2;
  return {.name = "OnAGaussian" + std::to_string(dimension),
          .energy = std::make_shared<QuadraticEnergy>(lambda, mu),
          .base = std::make_shared<NormalBase>(dimension, 0, 1.2F),
          .log_z = log_z};
}

// The same within a box: times the Gaussian's share of it.
Target OnABox(int64_t dimension, float stiffness = 2.5F) {
  const Box box = {-1.5F, 1};
  Target target = OnAGaussian(dimension, stiffness);
  const auto [lambda, mu] = QuadraticIn(dimension, stiffness);
  for (int64_t i = 0; i < dimension; ++i) {
    const double scale = std::sqrt(lambda[i]);
    target.log_z += std::log(NormalCdf((box.upper - mu[i]) * scale) - NormalCdf((box.lower - mu[i]) * scale));
  }
  target.name = "OnABox" + std::to_string(dimension);
  target.base = std::make_shared<UniformBase>(dimension, box);
  target.box = box;
  return target;
}

std::shared_ptr<const PlaneMixtureEnergy> Mixture() {
  return std::make_shared<PlaneMixtureEnergy>(std::vector<PlaneMixtureEnergy::Component>{
      {.weight = 5, .mean = {-1, 0.5}, .stddev = 0.3}, {.weight = 2, .mean = {0.8, -0.6}, .stddev = 0.5}});
}

Target MixtureOnABox() {
  const Box box = {-2, 2};
  return {.name = "MixtureOnABox",
          .energy = Mixture(),
          .base = std::make_shared<UniformBase>(2, box),
          .log_z = LogQuadrature(*Mixture(), box, 400),
          .box = box};
}

Target MixtureOnAGaussian() {
  return {.name = "MixtureOnAGaussian",
          .energy = Mixture(),
          .base = std::make_shared<NormalBase>(2, 0, 1),
          .log_z = Mixture()->log_z()};
}

Target PerceptronOnABox() {
  const Box box = {-2, 1};
  const reference::TestModel mlp = reference::RandomMlp(12, {2, {16, 16}, 4}, 2.5F);
  std::shared_ptr<const EnergyModel> energy = MakeEnergyModel(mlp.spec, mlp.tensors).value();
  const double log_z = LogQuadrature(*energy, box, 600);
  return {.name = "PerceptronOnABox",
          .energy = energy,
          .base = std::make_shared<UniformBase>(2, box),
          .log_z = log_z,
          .box = box};
}

class PartitionTargetTest : public testing::TestWithParam<Target> {};

INSTANTIATE_TEST_SUITE_P(Targets, PartitionTargetTest,
                         testing::Values(OnAGaussian(1), OnAGaussian(8), OnAGaussian(64), OnABox(1), OnABox(8),
                                         OnABox(64, 0.5F), MixtureOnABox(), MixtureOnAGaussian(), PerceptronOnABox()),
                         [](const auto& info) { return info.param.name; });

// The log of a mean of a thousand weights is normal around the exact value, up to terms of the order of the squared
// standard error.
TEST_P(PartitionTargetTest, BothWaysGiveLnZWithinTheirErrors) {
  const Target& target = GetParam();
  const PartitionOptions options{.chains = 1000, .seed = 21, .threads = 2, .box = target.box};
  const PartitionResult result = ResultOf(WeighChains(*target.energy, *target.base, options, {}).value());
  EXPECT_TRUE(CheckClaim(result, {}).ok()) << CheckClaim(result, {});
  EXPECT_LT(result.forward.standard_error, 0.05);
  EXPECT_LT(result.reverse.standard_error, 0.05);
  EXPECT_TRUE(IsNormalDraw(result.forward.log_mean, target.log_z, result.forward.standard_error, kAllowedFailure));
  EXPECT_TRUE(IsNormalDraw(result.reverse.log_mean, target.log_z, result.reverse.standard_error, kAllowedFailure));
  // Chains equilibrate along the path as predicted by the pilot run: ESS / n is about exp(-variance of ln w), with a
  // margin.
  EXPECT_GT(result.forward.effective_sample_size, std::exp(-2 * options.wanted_variance) * 1000);
}

// One coordinate, b = N(0, 1), p~ = exp(-2 (x - 1)^2).
class OneCoordinateTest : public testing::Test {
 protected:
  AnnealingPath Path(int64_t steps) const {
    return {.betas = LinearBetas(steps), .step_sizes = std::vector<float>(steps + 1, 0.3F)};
  }

  AnnealedRun Run(const AnnealingPath& path, uint64_t seed, int64_t chains, const BaseDensity& starts) const {
    MatrixBuffer states(chains, 1);
    starts.Draw(DeriveSeed(seed, 0), 0, kNoClass, states.view());
    const AnnealingCallbacks none;
    ProgressMeter meter(none, AnnealingStage::kAnnealing, 1);
    return Anneal(bridge_, path, {.seed = DeriveSeed(seed, 1), .states = std::move(states)}, 2, meter).value();
  }

  const QuadraticEnergy energy_{{4}, {1}};
  const NormalBase base_{1, 0, 1};
  const NormalBase target_{1, 1, 0.5F};  // p
  const Bridge bridge_{energy_, base_, {}};
  const double log_z_ = std::log(std::numbers::pi / 2) / 2;
};

// E[w] = Z for any path, however far the chains lag behind it.
TEST_F(OneCoordinateTest, TheMeanWeightIsZHoweverFewTheSteps) {
  for (const int64_t steps : {1, 2, 5, 20}) {
    const AnnealedRun run = Run(Path(steps), 3, 50000, base_);
    std::vector<double> weights;
    weights.reserve(run.log_weights.size());
    double squares = 0;
    for (const double log_weight : run.log_weights) weights.push_back(std::exp(log_weight));
    const double mean = reference::Mean(weights);
    for (const double weight : weights) squares += (weight - mean) * (weight - mean);
    const double variance = squares / static_cast<double>(weights.size() - 1);
    EXPECT_TRUE(HasNormalMean(weights, std::exp(log_z_), variance, kAllowedFailure / 4)) << steps << " steps";
  }
}

// The weighted end states have the model's distribution: this checks its mean.
TEST_F(OneCoordinateTest, WeightedStatesHaveTheModelsMean) {
  const AnnealedRun run = Run(Path(3), 4, 50000, base_);
  double sum = 0;
  double total = 0;
  double spread = 0;
  for (int64_t i = 0; i < run.states.rows(); ++i) {
    const double weight = std::exp(run.log_weights[i]);
    sum += weight * run.states.row(i)[0];
    total += weight;
    spread += weight * weight * (run.states.row(i)[0] - 1) * (run.states.row(i)[0] - 1);
  }
  EXPECT_TRUE(IsNormalDraw(sum / total, 1, std::sqrt(spread) / total, kAllowedFailure));
}

// The bounds of the estimator's header, with exact draws at both ends. Few chains and steps, so that they are far
// apart.
TEST_F(OneCoordinateTest, ForwardIsBelowAndReverseAboveOnAverage) {
  constexpr int kRuns = 400;
  constexpr int64_t kChains = 4;
  std::vector<double> below;
  std::vector<double> above;
  below.reserve(kRuns);
  above.reserve(kRuns);
  for (uint64_t seed = 0; seed < kRuns; ++seed) {
    below.push_back(log_z_ - Summarise(Run(Path(3), seed, kChains, base_).log_weights).log_mean);
    above.push_back(-Summarise(Run(Path(3).Reversed(), seed, kChains, target_).log_weights).log_mean - log_z_);
  }
  for (const std::vector<double>& excess : {below, above}) {
    const double mean = reference::Mean(excess);
    double squares = 0;
    for (const double value : excess) squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / (kRuns - 1.0) / kRuns);
    EXPECT_GT(mean, 4 * error);
  }
}

// The number of 95 % intervals that miss is binomial, and its upper tail is below that of the Poisson distribution of
// the same mean.
TEST(PartitionCoverageTest, NinetyFivePercentIntervalsMissOneInTwenty) {
  constexpr int kRuns = 400;
  const Target target = OnAGaussian(2);
  int missed = 0;
  std::vector<double> errors;
  errors.reserve(kRuns);
  for (uint64_t seed = 0; seed < kRuns; ++seed) {
    const PartitionOptions options{.chains = 250, .wanted_variance = 0.5, .seed = 1000 + seed, .threads = 2};
    const PartitionResult result = ResultOf(WeighChains(*target.energy, *target.base, options, {}).value());
    missed += result.lower() <= target.log_z && target.log_z <= result.upper() ? 0 : 1;
    errors.push_back(result.forward.standard_error);
  }
  EXPECT_LE(missed, reference::PoissonInterval(0.05 * kRuns, reference::kAllowedFailure).upper);
  EXPECT_LT(reference::Mean(errors), 0.1);  // so the intervals do not cover merely because they are wide
}

// Weights at the limit of what CheckClaim accepts: log-normal, as those of many small steps are, with exact draws at
// both ends and ln Z = 0. Whether a run is accepted depends on the same randomness as its estimate, so the intervals of
// the accepted runs must cover.
TEST(PartitionCoverageTest, WhatIsClaimedIsCoveredWhereWeightsAreAsUnevenAsCanBe) {
  constexpr int64_t kChains = 1000;
  constexpr int kRuns = 1500;
  for (const double variance : {2.0, 3.0, 3.5}) {
    const auto weights = [&](uint64_t seed, uint32_t run) {
      std::vector<float> normal(kChains);
      FillNormal({.seed = seed, .stream = RandomStream::kEvaluation, .chain = run}, normal);
      std::vector<double> log_weights;
      log_weights.reserve(kChains);
      for (const float z : normal) log_weights.push_back(std::sqrt(variance) * z - variance / 2);
      return Summarise(log_weights);
    };
    int claimed = 0;
    int covered = 0;
    for (uint32_t run = 0; run < kRuns; ++run) {
      PartitionResult result{.forward = weights(1, run), .reverse = weights(2, run), .chains = kChains};
      result.reverse.log_mean = -result.reverse.log_mean;
      if (!CheckClaim(result, {}).ok()) continue;
      ++claimed;
      covered += result.lower() <= 0 && 0 <= result.upper() ? 1 : 0;
    }
    EXPECT_GE(claimed, 20) << variance;
    EXPECT_GE(covered, 0.9 * claimed) << variance << ": " << covered << " of " << claimed;
  }
}

}  // namespace
}  // namespace ebm

// ln Z of Boltzmann machines: the exact sum, the annealed path and its estimator, against enumeration and
// published figures.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/energy/energy_factory.h"
#include "model/offline/partition/estimator.h"
#include "model/offline/partition/exact_log_z.h"
#include "model/offline/partition/gibbs_run.h"
#include "tests/reference/rbm_enumeration.h"
#include "tests/reference/sample_checks.h"
#include "tests/reference/small_boltzmann.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::CompleteGraph;
using reference::Grid;
using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::SmallBoltzmann;
using reference::SmallRbm;
using reference::TestModel;
using ::testing::HasSubstr;

absl::StatusOr<double> Exact(const SmallRbm& rbm, int threads = 2) {
  const TestModel model = rbm.Model();
  return ExactLogZ(*PlanExactLogZ(model.spec, {}), model.spec, model.tensors, threads, {});
}

TEST(ExactLogZTest, IsThePublishedOne) {
  EXPECT_NEAR(*Exact(SmallRbm(std::vector(8, 2), 6, 1)), 16.1851822542, 1e-9);
  EXPECT_NEAR(*Exact(SmallRbm(std::vector(8, 2), 6, 3)), 17.0168453053, 1e-9);
  EXPECT_NEAR(*Exact(SmallRbm(std::vector(4, 3), 3, 1)), 9.94335377338, 1e-9);
}

TEST(ExactLogZTest, IsThatOfEnumerationForAnyNumberOfHiddenUnits) {
  for (const int hidden : {1, 2, 7, 12, 13, 14}) {  // 2^12 states are a block
    const SmallRbm rbm({2, 3}, hidden, 3);
    EXPECT_NEAR(*Exact(rbm), LogZ(rbm), 1e-9) << hidden << " hidden units";
    EXPECT_EQ(*Exact(rbm, 1), *Exact(rbm, 3)) << "any number of threads has the same bits";
  }
}

absl::StatusOr<double> ExactOfSites(const SmallBoltzmann& machine, int threads = 2) {
  const TestModel model = machine.Model();
  return ExactLogZ(*PlanExactLogZ(model.spec, {}), model.spec, model.tensors, threads, {});
}

TEST(ExactLogZTest, OfSitesIsThePublishedOne) {
  EXPECT_NEAR(*ExactOfSites(SmallBoltzmann(10, CompleteGraph(10))), 9.01797494582, 1e-9);
}

TEST(ExactLogZTest, OfSitesIsThatOfEnumerationForAnyGraph) {
  for (const SmallBoltzmann& machine :
       {SmallBoltzmann(9, Grid(3, 3)), SmallBoltzmann(5, {{1, 4}}), SmallBoltzmann(14, CompleteGraph(14))}) {
    EXPECT_NEAR(*ExactOfSites(machine), machine.LogZ(), 1e-9) << machine.sites() << " sites";
    EXPECT_EQ(*ExactOfSites(machine, 1), *ExactOfSites(machine, 3)) << "any number of threads has the same bits";
  }
}

// 4 x 4 grids of spins, attractive ones and ones of both signs.
TEST(ExactLogZTest, OfSpinsIsThePublishedOne) {
  std::vector<double> attractive;
  std::vector<double> mixed;
  for (int e = 0; e < 24; ++e) {
    mixed.push_back(reference::Formula(1 + e));
    attractive.push_back(std::nearbyint(64 * (0.25 + std::abs(mixed.back()) / 2)) / 64);
  }
  std::vector<double> quarter;
  std::vector<double> half;
  for (int i = 0; i < 16; ++i) {
    quarter.push_back(reference::Formula(100 + i) / 4);
    half.push_back(reference::Formula(100 + i) / 2);
  }
  const SmallBoltzmann a = SmallBoltzmann::OfSpins(Grid(4, 4), attractive, quarter);
  const SmallBoltzmann b = SmallBoltzmann::OfSpins(Grid(4, 4), mixed, half);
  EXPECT_NEAR(*ExactOfSites(a) - a.spin_constant(), 16.0500506981, 1e-9);
  EXPECT_NEAR(*ExactOfSites(b) - b.spin_constant(), 16.8396429387, 1e-9);
}

TEST(ExactLogZTest, RefusesWhatWouldTakeForever) {
  EXPECT_THAT(std::string(Exact(SmallRbm({2, 3}, 60, 1)).status().message()),
              HasSubstr("the sum over all states takes 4.61e+18 exponentials; at most 4.4e+12 are done"));
  const TestModel perceptron = reference::RandomMlp(1, {3, {4}, 2});
  EXPECT_TRUE(std::isinf(PlanExactLogZ(perceptron.spec, {})->work()));
  EXPECT_EQ(ExactLogZ({}, perceptron.spec, perceptron.tensors, 1, {}).status().message(),
            "family jem_mlp has no exact sum; Boltzmann machines have one");
}

class AnnealedRbmTest : public testing::Test {
 protected:
  AnnealedRun Forward(int64_t steps, int64_t chains) const {
    const AnnealingPath path = {.betas = LinearBetas(steps),
                                .step_sizes = std::vector<float>(static_cast<size_t>(steps) + 1, 1.0F)};
    MatrixBuffer draws(chains, 8);
    energy_->base_density()->Draw(3, 0, kNoClass, draws.view());
    const AnnealingCallbacks callbacks;
    ProgressMeter meter(callbacks, AnnealingStage::kAnnealing, 1);
    return *AnnealByGibbs(*energy_->path_conditionals(), path, {4, 0, std::move(draws)}, 2, meter);
  }

  const SmallRbm rbm_{std::vector(8, 2), 6, 1};
  const TestModel model_ = rbm_.Model();
  const std::unique_ptr<EnergyModel> energy_ = *MakeEnergyModel(model_.spec, model_.tensors);
};

TEST_F(AnnealedRbmTest, ThePathLeadsFromTheBaseToTheModel) {
  const std::vector<double> betas = {0, 0.5, 1};
  double z_of_base = 0;
  ForEachState(rbm_, [&](const std::vector<int>& x) {
    const std::vector<float> row(x.begin(), x.end());
    std::vector<double> along(3);
    energy_->path_conditionals()->LogDensityAlong({row.data(), 1, 8}, betas, along);
    z_of_base += std::exp(along[0]);
    float log_base = 0;
    energy_->base_density()->Evaluate({row.data(), 1, 8}, {}, {&log_base, 1}, Matrix());
    EXPECT_NEAR(along[0], log_base, 1e-5);
    EXPECT_NEAR(along[2], rbm_.LogDensity(x), 1e-5);
    // At beta = 1/2: half of the base's logits, and half of every weight and bias; hidden units sum to 2^6 in the base.
    double half = 0.5 * (log_base - 6 * std::log(2));
    for (int i = 0; i < 8; ++i) half += 0.5 * x[i] * rbm_.b(i);
    for (int j = 0; j < 6; ++j) {
      double field = rbm_.c(j);
      for (int i = 0; i < 8; ++i) field += x[i] * rbm_.w(i, j);
      half += std::log1p(std::exp(0.5 * field));
    }
    EXPECT_NEAR(along[1], half, 1e-5);
  });
  EXPECT_NEAR(z_of_base, 1, 1e-6);
}

// The relative variance of the weights, and the mean of their logarithm, are known exactly for these parameters.
TEST_F(AnnealedRbmTest, WeightsHaveThePublishedLaw) {
  constexpr int64_t kChains = 20000;
  constexpr double kLogZ = 16.1851822542;
  constexpr double kRelativeVariance = 0.655028625818;
  const AnnealedRun run = Forward(10, kChains);
  double ratio = 0;
  double mean_log = 0;
  double squares = 0;
  for (const double log_weight : run.log_weights) {
    ratio += std::exp(log_weight - kLogZ) / kChains;
    mean_log += log_weight / kChains;
    squares += log_weight * log_weight / kChains;
  }
  EXPECT_TRUE(IsNormalDraw(ratio, 1, std::sqrt(kRelativeVariance / kChains), kAllowedFailure / 2));
  const double deviation = std::sqrt((squares - mean_log * mean_log) / kChains);
  EXPECT_TRUE(IsNormalDraw(mean_log, 15.9174358953, deviation, kAllowedFailure / 2));
}

TEST_F(AnnealedRbmTest, ForwardAndReverseRunsMeetAtTheExactValue) {
  const PartitionOptions options = {.chains = 1000, .seed = 8, .threads = 2};
  const PartitionResult result = ResultOf(*WeighChains(*energy_, *energy_->base_density(), options, {}));
  EXPECT_EQ(CheckClaim(result, {}), absl::OkStatus());
  const double bound = reference::NormalBound(kAllowedFailure / 2);
  EXPECT_NEAR(result.forward.log_mean, 16.1851822542, bound * result.forward.standard_error);
  EXPECT_NEAR(result.reverse.log_mean, 16.1851822542, bound * result.reverse.standard_error);
}

TEST_F(AnnealedRbmTest, BitsDoNotDependOnThreads) {
  PartitionOptions options = {.chains = 150, .steps = 12, .seed = 8};
  const ChainWeights alone = *WeighChains(*energy_, *energy_->base_density(), options, {});
  options.threads = 3;
  const ChainWeights shared = *WeighChains(*energy_, *energy_->base_density(), options, {});
  EXPECT_EQ(alone.forward, shared.forward);
  EXPECT_EQ(alone.reverse, shared.reverse);
}

TEST_F(AnnealedRbmTest, StopsWhereItIsAskedTo) {
  const AnnealingCallbacks stop = {.progress = nullptr, .stop_requested = [] { return true; }};
  EXPECT_TRUE(absl::IsCancelled(WeighChains(*energy_, *energy_->base_density(), {.chains = 150}, stop).status()));
  const auto exact = ExactLogZ(*PlanExactLogZ(model_.spec, {}), model_.spec, model_.tensors, 1, stop);
  EXPECT_TRUE(absl::IsCancelled(exact.status()));
}

TEST_F(AnnealedRbmTest, RefusesALimitThatIsTooLow) {
  const PartitionOptions options = {.chains = 150, .wanted_variance = 1e-4, .max_steps = 100, .seed = 8};
  EXPECT_THAT(std::string(WeighChains(*energy_, *energy_->base_density(), options, {}).status().message()),
              HasSubstr("and the limit is 100 steps"));
}

}  // namespace
}  // namespace ebm

// The law of the sweeps of restricted Boltzmann machines against enumeration and published figures, and the promise
// that a chain's bits do not depend on the other chains.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/energy/energy_factory.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/gibbs.h"
#include "tests/model/energy/gibbs_run.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/rbm_enumeration.h"
#include "tests/reference/sample_checks.h"
#include "tests/reference/small_rbm.h"

namespace ebm {
namespace {

using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::Probability;
using reference::SmallRbm;
using reference::TestModel;

// The second eigenvalue of a sweep is below 0.2 for these models at temperature 1: after the 40 steps of a run, the
// start's share is below 1e-20.
std::unique_ptr<EnergyModel> EnergyOf(const SmallRbm& rbm) {
  const TestModel model = rbm.Model();
  return *MakeEnergyModel(model.spec, model.tensors);
}

double ShareOf(const ChainBatch& chains, int64_t coordinate, float level) {
  double count = 0;
  for (int64_t row = 0; row < chains.rows(); ++row) count += chains.states().row(row)[coordinate] == level ? 1 : 0;
  return count / static_cast<double>(chains.rows());
}

testing::AssertionResult HasShare(const ChainBatch& chains, int64_t coordinate, float level, double probability,
                                  double failure) {
  const double deviation = std::sqrt(probability * (1 - probability) / static_cast<double>(chains.rows()));
  return IsNormalDraw(ShareOf(chains, coordinate, level), probability, deviation, failure)
         << " (coordinate " << coordinate << ", level " << level << ")";
}

reference::Event IsAt(int coordinate, int level) {
  return [=](const std::vector<int>& x) { return x[coordinate] == level; };
}

TEST(RbmSweepTest, OneSweepHasThePublishedLaw) {
  const auto model = EnergyOf(SmallRbm(std::vector(8, 2), 6, 1));
  const ChainBatch chains = ChainsOf(*model, {.steps = 1});
  EXPECT_TRUE(HasShare(chains, 0, 1, 0.318957733309, kAllowedFailure / 2));
  EXPECT_TRUE(HasShare(chains, 7, 1, 0.710342251142, kAllowedFailure / 2));
}

TEST(RbmSweepTest, ManySweepsHaveThePublishedMeans) {
  const auto model = EnergyOf(SmallRbm(std::vector(8, 2), 6, 1));
  const std::vector<double> published = {.532323271465, .814043752206, .918714870445, .910669883068,
                                         .81729551255,  .695364320048, .706966427215, .806588762173};
  const ChainBatch chains = ChainsOf(*model, {});
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(HasShare(chains, i, 1, published[i], kAllowedFailure / 8));
}

TEST(RbmSweepTest, TemperatureIsThatOfTheJointDistribution) {
  const auto model = EnergyOf(SmallRbm(std::vector(8, 2), 6, 1));
  // At T = 1/2 a sweep forgets more slowly; 100 are far more than enough.
  const ChainBatch cold = ChainsOf(*model, {.steps = 100, .kernel = {.temperature = 0.5F}, .chains = 20000});
  EXPECT_TRUE(HasShare(cold, 0, 1, 0.458211115321, kAllowedFailure / 4));
  EXPECT_TRUE(HasShare(cold, 7, 1, 0.965595365612, kAllowedFailure / 4));
  const ChainBatch hot = ChainsOf(*model, {.kernel = {.temperature = 2.0F}});
  EXPECT_TRUE(HasShare(hot, 0, 1, 0.5001594106, kAllowedFailure / 4));
  EXPECT_TRUE(HasShare(hot, 7, 1, 0.638349995464, kAllowedFailure / 4));
}

TEST(RbmSweepTest, HeldCoordinatesStayAndTheOthersAreDrawnGivenThem) {
  const auto model = EnergyOf(SmallRbm(std::vector(8, 2), 6, 1));
  const ChainBatch chains = ChainsOf(*model, {.start = {1, 0, 1, 0, 0, 0, 0, 0}, .free = {0, 0, 0, 0, 1, 1, 1, 1}});
  const std::vector<double> published = {.806978328812, .691415002023, .711429903704, .816084570977};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ShareOf(chains, i, static_cast<float>(1 - i % 2)), 1);
    EXPECT_TRUE(HasShare(chains, 4 + i, 1, published[i], kAllowedFailure / 4));
  }
}

TEST(RbmSweepTest, ClassesAreSummedOutOrHeld) {
  const auto model = EnergyOf(SmallRbm(std::vector(8, 2), 6, 3));
  const ChainBatch all = ChainsOf(*model, {});
  EXPECT_TRUE(HasShare(all, 0, 1, .499064832272, kAllowedFailure / 4));
  EXPECT_TRUE(HasShare(all, 7, 1, .833811515401, kAllowedFailure / 4));
  const ChainBatch of_class = ChainsOf(*model, {.target_class = 2});
  EXPECT_TRUE(HasShare(of_class, 0, 1, .518899593933, kAllowedFailure / 4));
  EXPECT_TRUE(HasShare(of_class, 7, 1, .81982077572, kAllowedFailure / 4));
}

TEST(RbmSweepTest, LevelsOfMixedCoordinatesHaveTheLawOfEnumeration) {
  const SmallRbm rbm({2, 3, 2, 5}, 5, 3);
  const double temperature = 1.5;
  const ChainBatch chains = ChainsOf(
      *EnergyOf(rbm), {.steps = 50, .kernel = {.temperature = static_cast<float>(temperature)}, .chains = 20000});
  const std::vector<int> levels = {2, 3, 2, 5};
  for (int i = 0; i < 4; ++i) {
    for (int level = 0; level < levels[i]; ++level) {
      EXPECT_TRUE(HasShare(chains, i, static_cast<float>(level), Probability(rbm, IsAt(i, level), temperature),
                           kAllowedFailure / 12));
    }
  }
}

TEST(RbmSweepTest, ReportsTheLogDensityOfTheStateBefore) {
  const SmallRbm rbm({2, 3, 2, 5}, 5, 3);
  const auto model = EnergyOf(rbm);
  std::vector<float> states = {1, 2, 0, 4, 1, 2, 0, 4};
  const std::vector<SweepSettings> sweeps = {{.temperature = 2.0F}, {.target_class = 1}};
  std::vector<float> log_density(2);
  model->block_conditionals()->Sweep(sweeps, {states.data(), 2, 4}, log_density);
  EXPECT_NEAR(log_density[0], rbm.LogDensity({1, 2, 0, 4}), 1e-5) << "at temperature 1, whatever the sweep's";
  EXPECT_NEAR(log_density[1], rbm.LogJoint({1, 2, 0, 4}, 1), 1e-5);
}

// At a temperature near 0, a draw is the most probable level, but with a probability of about 1e-6 for random weights.
TEST(RbmSweepTest, LastStepWithoutNoiseTakesTheMostProbableLevels) {
  TestModel random = SmallRbm({2, 5, 2, 3}, 5, 1).Model();
  for (uint32_t t = 0; t < random.tensors.size(); ++t) {
    random.tensors[t] = reference::RandomTensor(7, t, random.tensors[t].name, random.tensors[t].shape, 1.0F);
  }
  const auto model = *MakeEnergyModel(random.spec, random.tensors);
  const auto ends = [&](float temperature, bool takes_mode) {
    return ChainsOf(*model, {.steps = 1, .kernel = {temperature, takes_mode}, .chains = 100});
  };
  const ChainBatch modes = ends(1e-6F, true);
  const ChainBatch cold = ends(1e-6F, false);
  EXPECT_TRUE(std::ranges::equal(modes.states().values(), cold.states().values()));
  EXPECT_FALSE(std::ranges::equal(ends(1, true).states().values(), ends(1, false).states().values()));
}

TEST(RbmSweepTest, ChainsHaveTheSameBitsAloneAndTogether) {
  const SmallRbm rbm({2, 3, 2, 5, 2, 7}, 37, 3);
  const auto model = EnergyOf(rbm);
  const ChainBatch together = ChainsOf(*model, {.steps = 20, .chains = 75});
  const GibbsKernel kernel(*model->block_conditionals());
  for (int64_t row = 0; row < 75; row += 7) {
    ChainBatch alone(1, model->dimension());
    alone.Set(0, together.settings(row), 0, std::vector<float>(6), {});
    for (int step = 0; step < 20; ++step) kernel.Step(alone);
    EXPECT_EQ(std::memcmp(alone.states().row(0).data(), together.states().row(row).data(), 6 * sizeof(float)), 0);
    EXPECT_EQ(alone.log_density()[0], const_cast<ChainBatch&>(together).log_density()[row]);
  }
}

}  // namespace
}  // namespace ebm

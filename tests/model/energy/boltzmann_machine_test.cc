// Boltzmann machines against enumeration and published figures: log densities, the law of sweeps, and the promise that
// a chain's bits do not depend on the other chains.

#include "model/energy/boltzmann_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/energy/energy_factory.h"
#include "model/networks/network.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/gibbs.h"
#include "tests/model/energy/gibbs_run.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"
#include "tests/reference/small_boltzmann.h"

namespace ebm {
namespace {

using reference::CompleteGraph;
using reference::Grid;
using reference::IsNormalDraw;
using reference::kAllowedFailure;
using reference::SmallBoltzmann;
using reference::TestModel;
using testing::HasSubstr;

std::unique_ptr<EnergyModel> MachineOf(const SmallBoltzmann& machine) {
  const TestModel model = machine.Model();
  return *MakeEnergyModel(model.spec, model.tensors);
}

float LogDensityAt(const EnergyModel& model, const std::vector<int>& x) {
  const std::vector<float> row(x.begin(), x.end());
  float log_density = 0;
  model.LogDensity({row.data(), 1, std::ssize(row)}, {&log_density, 1});
  return log_density;
}

std::vector<SmallBoltzmann> Machines() {
  return {SmallBoltzmann(6, CompleteGraph(6)), SmallBoltzmann(9, Grid(3, 3)), SmallBoltzmann(5, {{1, 4}})};
}

TEST(BoltzmannMachineTest, TheOracleHasThePublishedLnZ) {
  EXPECT_NEAR(SmallBoltzmann(10, CompleteGraph(10)).LogZ(), 9.01797494582, 1e-9);
}

TEST(BoltzmannMachineTest, HasTheLogDensityOfTheFormulaInEveryState) {
  for (const SmallBoltzmann& machine : Machines()) {
    const auto model = MachineOf(machine);
    machine.ForEachState([&](const std::vector<int>& x) {
      ASSERT_NEAR(LogDensityAt(*model, x), machine.LogDensity(x), 1e-5) << machine.edges().size() << " edges";
    });
  }
}

TEST(BoltzmannMachineTest, HasTheSameLogDensityOnLibTorch) {
  for (const SmallBoltzmann& machine : Machines()) {
    const auto model = MachineOf(machine);
    const TestModel made = machine.Model();
    const Network network = *Network::FromTensors(made.spec, made.tensors);
    machine.ForEachState([&](const std::vector<int>& x) {
      const std::vector<float> row(x.begin(), x.end());
      const at::Tensor logits = network.Logits(at::tensor(row).unsqueeze(0));
      ASSERT_EQ(logits.size(1), 1);
      ASSERT_NEAR(logits[0][0].item<float>(), LogDensityAt(*model, x), 1e-5);
    });
  }
}

TEST(BoltzmannMachineTest, ThePathIsLinearBetweenTheBaseAndTheModel) {
  const SmallBoltzmann machine(9, Grid(3, 3));
  const auto model = MachineOf(machine);
  const std::vector<float> x = {1, 0, 1, 1, 0, 0, 1, 0, 1};
  double log_base = 0;
  for (int i = 0; i < 9; ++i) {
    const double logit = reference::Formula(300 + i);
    log_base += x[i] * logit - std::log1p(std::exp(logit));
  }
  std::vector<double> along(3);
  model->path_conditionals()->LogDensityAlong({x.data(), 1, 9}, std::vector<double>{0, 0.25, 1}, along);
  const double of_model = machine.LogDensity({x.begin(), x.end()});
  EXPECT_NEAR(along[0], log_base, 1e-6);
  EXPECT_NEAR(along[1], 0.75 * log_base + 0.25 * of_model, 1e-6);
  EXPECT_NEAR(along[2], of_model, 1e-6);
}

TEST(BoltzmannMachineTest, RowsThatAreNotLevelsHaveNoLogDensityAndNoNextState) {
  const auto model = MachineOf(SmallBoltzmann(3, CompleteGraph(3)));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -1.0F, 0.5F, 2.0F}) {
    std::vector<float> states = {1, bad, 0, 1, 1, 0};
    std::vector<float> log_density(2);
    model->LogDensity({states.data(), 2, 3}, log_density);
    EXPECT_TRUE(std::isnan(log_density[0]) && std::isfinite(log_density[1]));
    model->block_conditionals()->Sweep(std::vector<SweepSettings>(2), {states.data(), 2, 3}, log_density);
    EXPECT_TRUE(std::isnan(states[0]) && std::isnan(states[2]) && std::isfinite(states[3]));
    EXPECT_TRUE(std::isnan(log_density[0]) && std::isfinite(log_density[1]));
  }
}

TEST(BoltzmannMachineTest, SaysWhatItHas) {
  const auto model = MachineOf(SmallBoltzmann(3, CompleteGraph(3)));
  EXPECT_EQ(model->log_density_gradient(), nullptr);
  EXPECT_EQ(model->hidden_units(), nullptr);
  EXPECT_NE(model->base_density(), nullptr);
  EXPECT_EQ(model->class_logits()->num_classes(), 1);
}

TEST(BoltzmannMachineTest, RefusesBf16) {
  const TestModel model = SmallBoltzmann(3, CompleteGraph(3)).Model();
  EXPECT_THAT(std::string(MakeEnergyModel(model.spec, model.tensors, Precision::kBf16).status().message()),
              HasSubstr("family boltzmann has f32 only"));
}

// The share of chains in each state, numbered as ForEachState does.
std::vector<double> SharesOf(const ChainBatch& chains) {
  const int64_t sites = chains.states().cols();
  std::vector<double> shares(size_t{1} << sites);
  for (int64_t row = 0; row < chains.rows(); ++row) {
    size_t state = 0;
    for (int64_t i = 0; i < sites; ++i) state |= static_cast<size_t>(chains.states().row(row)[i]) << i;
    shares[state] += 1.0 / static_cast<double>(chains.rows());
  }
  return shares;
}

// Each state's share is that of its probability, and every coordinate's, at an allowed failure over all of them.
void ExpectLaw(const std::vector<double>& shares, const std::vector<double>& law, int64_t chains) {
  ASSERT_EQ(shares.size(), law.size());
  for (size_t state = 0; state < law.size(); ++state) {
    // Rare states have no normal law; the likely ones and the means say enough.
    if (law[state] * static_cast<double>(chains) < 100) continue;
    const double deviation = std::sqrt(law[state] * (1 - law[state]) / static_cast<double>(chains));
    EXPECT_TRUE(IsNormalDraw(shares[state], law[state], deviation, kAllowedFailure / static_cast<double>(law.size())))
        << "state " << state;
  }
}

double Sigma(double a) { return 1 / (1 + std::exp(-a)); }

// The law after one sweep from x, by following all outcomes.
std::vector<double> LawOfOneSweep(const SmallBoltzmann& machine, std::vector<int> x, double temperature) {
  std::vector<double> law(size_t{1} << machine.sites());
  const std::function<void(int, double)> draw = [&](int site, double probability) {
    if (site == machine.sites()) {
      size_t state = 0;
      for (int i = 0; i < site; ++i) state |= static_cast<size_t>(x[i]) << i;
      law[state] += probability;
      return;
    }
    const int before = x[site];
    x[site] = 1;
    const double one = machine.LogDensity(x);
    x[site] = 0;
    const double p = Sigma((one - machine.LogDensity(x)) / temperature);
    draw(site + 1, probability * (1 - p));
    x[site] = 1;
    draw(site + 1, probability * p);
    x[site] = before;
  };
  draw(0, 1);
  return law;
}

std::vector<double> LawOf(const SmallBoltzmann& machine, double temperature) {
  std::vector<double> law;
  const double log_z = machine.LogZ(temperature);
  machine.ForEachState(
      [&](const std::vector<int>& x) { law.push_back(std::exp(machine.LogDensity(x) / temperature - log_z)); });
  return law;
}

TEST(BoltzmannSweepTest, OneSweepDrawsTheSitesInTheirOrder) {
  for (const SmallBoltzmann& machine : Machines()) {
    for (const float temperature : {1.0F, 0.5F}) {
      std::vector<float> start(machine.sites());
      start[0] = start[4] = 1;
      const ChainBatch chains =
          ChainsOf(*MachineOf(machine), {.steps = 1, .kernel = {.temperature = temperature}, .start = start});
      ExpectLaw(SharesOf(chains), LawOfOneSweep(machine, {start.begin(), start.end()}, temperature), chains.rows());
    }
  }
}

TEST(BoltzmannSweepTest, ManySweepsHaveTheModelsLawAtTheirTemperature) {
  for (const SmallBoltzmann& machine : Machines()) {
    for (const float temperature : {1.0F, 2.0F}) {
      const ChainBatch chains = ChainsOf(*MachineOf(machine), {.kernel = {.temperature = temperature}});
      ExpectLaw(SharesOf(chains), LawOf(machine, temperature), chains.rows());
    }
  }
}

TEST(BoltzmannSweepTest, HeldCoordinatesStayAndTheOthersAreDrawnGivenThem) {
  const SmallBoltzmann machine(9, Grid(3, 3));
  const ChainBatch chains =
      ChainsOf(*MachineOf(machine), {.start = {1, 0, 1, 0, 0, 0, 0, 0, 0}, .free = {0, 0, 0, 1, 1, 1, 1, 1, 1}});
  const auto is_held = [](const std::vector<int>& x) { return x[0] == 1 && x[1] == 0 && x[2] == 1; };
  std::vector<double> law = LawOf(machine, 1);
  const double of_held = machine.Probability(is_held);
  size_t state = 0;
  machine.ForEachState([&](const std::vector<int>& x) {
    law[state] = is_held(x) ? law[state] / of_held : 0;
    ++state;
  });
  const std::vector<double> shares = SharesOf(chains);
  ExpectLaw(shares, law, chains.rows());
  for (size_t s = 0; s < law.size(); ++s) EXPECT_TRUE(law[s] > 0 || shares[s] == 0);
}

TEST(BoltzmannSweepTest, AtTheBeginningOfThePathItDrawsFromTheBase) {
  const SmallBoltzmann machine(6, CompleteGraph(6));
  const auto model = MachineOf(machine);
  constexpr int64_t kChains = 20000;
  std::vector<SweepSettings> sweeps(kChains);
  for (uint32_t i = 0; i < kChains; ++i) sweeps[i] = {.seed = 3, .chain = i, .beta = 0};
  MatrixBuffer states(kChains, 6);
  std::vector<float> log_density(kChains);
  model->block_conditionals()->Sweep(sweeps, states.view(), log_density);
  for (int i = 0; i < 6; ++i) {
    double ones = 0;
    for (int64_t row = 0; row < kChains; ++row) ones += states.row(row)[i];
    const double p = Sigma(reference::Formula(300 + i));
    EXPECT_TRUE(IsNormalDraw(ones / kChains, p, std::sqrt(p * (1 - p) / kChains), kAllowedFailure / 6));
  }
}

TEST(BoltzmannSweepTest, ReportsTheLogDensityOfTheStateBefore) {
  for (const SmallBoltzmann& machine : Machines()) {
    const auto model = MachineOf(machine);
    machine.ForEachState([&](const std::vector<int>& x) {
      std::vector<float> states(x.begin(), x.end());
      float log_density = 0;
      model->block_conditionals()->Sweep(std::vector<SweepSettings>{{.temperature = 2.0F}},
                                         {states.data(), 1, std::ssize(states)}, {&log_density, 1});
      ASSERT_EQ(log_density, LogDensityAt(*model, x)) << "bit for bit, at temperature 1";
    });
  }
}

TEST(BoltzmannSweepTest, TheLastStepWithoutNoiseClimbs) {
  const SmallBoltzmann machine(9, Grid(3, 3));
  const ChainBatch chains = ChainsOf(*MachineOf(machine), {.steps = 1, .kernel = {1, true}, .chains = 40});
  std::vector<int> x(9);
  for (int site = 0; site < 9; ++site) {
    x[site] = 1;
    const double one = machine.LogDensity(x);
    x[site] = 0;
    x[site] = one > machine.LogDensity(x) ? 1 : 0;
  }
  for (int64_t row = 0; row < chains.rows(); ++row) {
    EXPECT_EQ(std::vector<int>(chains.states().row(row).begin(), chains.states().row(row).end()), x);
  }
}

TEST(BoltzmannSweepTest, ChainsHaveTheSameBitsAloneAndTogether) {
  const auto model = MachineOf(SmallBoltzmann(35, Grid(5, 7)));
  const ChainBatch together = ChainsOf(*model, {.steps = 20, .chains = 75});
  const GibbsKernel kernel(*model->block_conditionals());
  for (int64_t row = 0; row < 75; row += 7) {
    ChainBatch alone(1, 35);
    alone.Set(0, together.settings(row), 0, std::vector<float>(35), {});
    for (int step = 0; step < 20; ++step) kernel.Step(alone);
    EXPECT_EQ(std::memcmp(alone.states().row(0).data(), together.states().row(row).data(), 35 * sizeof(float)), 0);
    EXPECT_EQ(alone.log_density()[0], const_cast<ChainBatch&>(together).log_density()[row]);
  }
}

}  // namespace
}  // namespace ebm

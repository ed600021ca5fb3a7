#include "server/catalog/model_engines.h"

#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/energy/energy_factory.h"
#include "model/sampler/langevin.h"
#include "model/sampler/metropolis_langevin.h"
#include "server/catalog/model_chain_settings.h"
#include "tests/reference/normal_base.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr int kD = 4;

const QuadraticEnergy& Energy() {
  static const QuadraticEnergy energy(kD, {-0.5F, 0.0F, 0.5F}, /*precision=*/2.0F);
  return energy;
}

const StartStates& Starts() {
  static const StartStates starts("quadratic", {}, {}, /*base=*/nullptr);
  return starts;
}

const LangevinKernel& Kernel() {
  static const LangevinKernel kernel(Energy());
  return kernel;
}

ChainSettings Settings(uint64_t seed, const KernelSettings& kernel = Langevin{0.1F, 0.2F}) {
  return {.seed = seed, .target_class = 1, .sampler = {.kernel = kernel}};
}

std::vector<float> StartOf(uint32_t chain) { return std::vector<float>(kD, 0.1F * static_cast<float>(chain)); }

absl::Status Admit(ModelChainEngine* engine, int slot, const ChainSettings& settings, uint32_t chain,
                   std::span<const float> state) {
  const ModelChainSettings chains(settings);
  return engine->Admit(slot, {.settings = &chains, .chain = chain, .state = state});
}

void Admit(ModelChainEngine* engine, int slot, uint64_t seed, uint32_t chain) {
  EXPECT_TRUE(Admit(engine, slot, Settings(seed), chain, StartOf(chain)).ok());
}

struct Reading {
  std::vector<float> state;
  float log_density = 0;

  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading Read(ModelChainEngine* engine, int slot) {
  Reading reading = {.state = std::vector<float>(kD), .log_density = 0};
  EXPECT_TRUE(
      engine->Read(std::vector<int>{slot}, std::vector<std::span<float>>{reading.state}, {&reading.log_density, 1})
          .ok());
  return reading;
}

TEST(ModelChainEngineTest, MovesAChainAsTheKernelDoes) {
  ModelChainEngine engine(&Energy(), &Starts());
  Admit(&engine, 3, /*seed=*/7, /*chain=*/2);
  ChainBatch by_hand(1, kD);
  by_hand.Set(0, {.seed = 7, .chain = 2, .target_class = 1, .sampler = {.kernel = Langevin{0.1F, 0.2F}}}, 0, StartOf(2),
              {});
  for (int step = 0; step < 5; ++step) {
    EXPECT_TRUE(engine.Step().ok());
    Kernel().Step(by_hand);
  }
  const auto expected = by_hand.states().row(0);
  EXPECT_EQ(Read(&engine, 3).state, std::vector<float>(expected.begin(), expected.end()));
}

// Chains of both kinds are in one engine; each moves as with its own kernel.
TEST(ModelChainEngineTest, MovesMetropolisAndLangevinChainsByTheirOwnKernels) {
  ModelChainEngine engine(&Energy(), &Starts());
  const ChainSettings adjusted = Settings(7, MetropolisLangevin{0.1F, 1.0F});
  const std::vector<float> start = StartOf(3);
  Admit(&engine, 0, 7, 2);
  EXPECT_TRUE(Admit(&engine, 1, adjusted, 3, start).ok());
  Admit(&engine, 2, 8, 2);
  for (int step = 0; step < 10; ++step) EXPECT_TRUE(engine.Step().ok());
  engine.Release(0);
  for (int step = 0; step < 10; ++step) EXPECT_TRUE(engine.Step().ok());

  const MetropolisLangevinKernel kernel(Energy());
  ChainBatch by_hand(1, kD);
  ChainSettings third = adjusted;
  third.chain = 3;
  by_hand.Set(0, third, 0, start, {});
  for (int step = 0; step < 20; ++step) kernel.Step(by_hand);
  const auto expected = by_hand.states().row(0);
  EXPECT_EQ(Read(&engine, 1).state, std::vector<float>(expected.begin(), expected.end()));
  const uint32_t accepted = by_hand.TakeAccepted(0);
  EXPECT_GT(accepted, 0);
  EXPECT_EQ(engine.TakeAccepted(1), accepted);
  EXPECT_EQ(engine.TakeAccepted(1), 0);
  EXPECT_EQ(engine.TakeAccepted(2), 0);
}

// Chain i of a request whose first chain is k is chain k + i of the request that has all of them.
TEST(ModelChainEngineTest, AChainThatEntersWithoutAStateStartsAtItsDraw) {
  ModelChainEngine engine(&Energy(), &Starts());
  ChainSettings settings = Settings(3);
  settings.chain = 20;
  settings.sampler.start = ChainStart::kUniform;
  ASSERT_TRUE(Admit(&engine, 0, settings, 5, {}).ok());
  MatrixBuffer drawn(1, kD);
  settings.chain = 25;
  ASSERT_TRUE(Starts().Draw(settings, drawn.view()).ok());
  EXPECT_EQ(Read(&engine, 0).state, drawn.values());
}

TEST(ModelChainEngineTest, AStartThatTheModelLacksIsReported) {
  ModelChainEngine engine(&Energy(), &Starts());
  ChainSettings settings = Settings(3);
  settings.sampler.start = ChainStart::kBase;
  EXPECT_EQ(Admit(&engine, 0, settings, 0, {}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ModelChainEngineTest, ChainsAreCountedFromTheFirstOne) {
  ModelChainEngine engine(&Energy(), &Starts());
  ChainSettings split = Settings(7);
  split.chain = 2;
  EXPECT_TRUE(Admit(&engine, 0, split, /*chain=*/3, StartOf(5)).ok());
  Admit(&engine, 1, 7, /*chain=*/5);
  for (int step = 0; step < 5; ++step) EXPECT_TRUE(engine.Step().ok());
  EXPECT_EQ(Read(&engine, 0), Read(&engine, 1));
}

TEST(ModelChainEngineTest, AChainsBitsDependNeitherOnItsSlotNorOnOtherChains) {
  ModelChainEngine alone(&Energy(), &Starts());
  Admit(&alone, 0, 7, 2);
  ModelChainEngine crowded(&Energy(), &Starts());
  for (int slot = 0; slot < kTileRows - 1; ++slot) Admit(&crowded, slot, 100 + slot, 1);
  Admit(&crowded, kTileRows - 1, 7, 2);
  for (int step = 0; step < 20; ++step) {
    EXPECT_TRUE(alone.Step().ok());
    EXPECT_TRUE(crowded.Step().ok());
    if (step == 10) crowded.Release(4);
  }
  EXPECT_EQ(Read(&alone, 0), Read(&crowded, kTileRows - 1));
}

TEST(ModelChainEngineTest, AParkedChainContinuesFromItsState) {
  ModelChainEngine engine(&Energy(), &Starts());
  Admit(&engine, 0, 7, 2);
  Admit(&engine, 1, 7, 2);
  for (int step = 0; step < 3; ++step) EXPECT_TRUE(engine.Step().ok());
  const std::vector<float> parked = Read(&engine, 0).state;
  engine.Release(0);
  const ModelChainSettings chains(Settings(7));
  EXPECT_TRUE(engine.Admit(5, {.settings = &chains, .chain = 2, .step = 3, .state = parked}).ok());
  for (int step = 3; step < 6; ++step) EXPECT_TRUE(engine.Step().ok());
  EXPECT_EQ(Read(&engine, 5), Read(&engine, 1));
}

// The tuned step size is the same whether or not the chain changes its slot.
TEST(ModelChainEngineTest, AParkedChainKeepsItsTunedStepSize) {
  ModelChainEngine engine(&Energy(), &Starts());
  const ModelChainSettings chains(Settings(7, MetropolisLangevin{0.1F, 0.2F, /*adaptation_steps=*/6}));
  const std::vector<float> start = StartOf(2);
  for (const int slot : {0, 1}) {
    EXPECT_TRUE(engine.Admit(slot, {.settings = &chains, .chain = 2, .state = start}).ok());
  }
  for (int step = 0; step < 4; ++step) EXPECT_TRUE(engine.Step().ok());
  const std::vector<float> parked = Read(&engine, 0).state;
  const batching::ChainProgress progress = engine.Progress(0);
  EXPECT_NE(progress.step_size, 0.1F);
  engine.Release(0);
  EXPECT_TRUE(
      engine.Admit(5, {.settings = &chains, .chain = 2, .step = 4, .progress = &progress, .state = parked}).ok());
  for (int step = 4; step < 12; ++step) EXPECT_TRUE(engine.Step().ok());
  EXPECT_EQ(Read(&engine, 5), Read(&engine, 1));
  EXPECT_EQ(engine.Progress(5).step_size, engine.Progress(1).step_size);
}

TEST(ModelChainEngineTest, ViewOfAMetropolisChainIsOfItsCurrentState) {
  ModelChainEngine engine(&Energy(), &Starts());
  ChainSettings settings = Settings(7, MetropolisLangevin{0.1F, 0.2F});
  settings.target_class = kNoClass;
  EXPECT_TRUE(Admit(&engine, 3, settings, 2, StartOf(2)).ok());
  for (int step = 0; step < 4; ++step) EXPECT_TRUE(engine.Step().ok());
  const Reading read = Read(&engine, 3);
  const batching::ChainEngine::View view = engine.ViewOf(3);
  EXPECT_EQ(std::vector<float>(view.state.begin(), view.state.end()), read.state);
  EXPECT_EQ(view.log_density, read.log_density);
}

TEST(ModelChainEngineTest, ReadsTheDensityOfTheStateItReads) {
  ModelChainEngine engine(&Energy(), &Starts());
  Admit(&engine, 0, 7, 3);
  const float square = kD * 0.3F * 0.3F;
  const float cross = kD * 0.3F;  // 2 * 0.5 * 0.3 per coordinate
  const double expected =
      std::log(std::exp(-(square + cross + 1)) + std::exp(-square) + std::exp(-(square - cross + 1)));
  EXPECT_NEAR(Read(&engine, 0).log_density, expected, 1e-5);
}

// All slots of a kind of kernel, in another order than that of their rows; some of them; and those of several kinds.
TEST(ModelChainEngineTest, ReadingManySlotsIsReadingEachAlone) {
  ModelChainEngine engine(&Energy(), &Starts());
  for (const int slot : {4, 0, 2, 7}) Admit(&engine, slot, 7, static_cast<uint32_t>(slot));
  EXPECT_TRUE(engine.Step().ok());
  engine.Release(0);  // moves the last row
  const auto expect_same = [&](const std::vector<int>& slots) {
    MatrixBuffer states(static_cast<int64_t>(slots.size()), kD);
    std::vector<std::span<float>> rows;
    rows.reserve(slots.size());
    for (int64_t row = 0; row < states.rows(); ++row) rows.push_back(states.row(row));
    std::vector<float> log_density(slots.size());
    ASSERT_TRUE(engine.Read(slots, rows, log_density).ok());
    for (size_t i = 0; i < slots.size(); ++i) {
      const Reading alone = Read(&engine, slots[i]);
      EXPECT_THAT(rows[i], ElementsAreArray(alone.state));
      EXPECT_EQ(log_density[i], alone.log_density);
    }
  };
  expect_same({2, 7, 4});
  expect_same({7, 2});
  EXPECT_TRUE(Admit(&engine, 0, Settings(7, MetropolisLangevin{0.1F, 0.2F}), 9, StartOf(9)).ok());
  expect_same({7, 0, 4, 2});
}

TEST(ModelChainEngineTest, DetectsOnlyTheDivergedChain) {
  ModelChainEngine engine(&Energy(), &Starts());
  Admit(&engine, 0, 7, 2);
  const std::vector<float> start(kD, 100.0F);
  EXPECT_TRUE(Admit(&engine, 1, Settings(7, Langevin{1e38F, 0.2F}), 0, start).ok());
  EXPECT_TRUE(engine.Step().ok());
  EXPECT_TRUE(engine.Step().ok());
  EXPECT_TRUE(engine.IsFinite(0));
  EXPECT_FALSE(engine.IsFinite(1));
  engine.Release(1);
  Admit(&engine, 1, 7, 2);
  EXPECT_TRUE(engine.IsFinite(1));
}

TEST(ModelRowEngineTest, EvaluatesTheFormulas) {
  ModelRowEngine engine(&Energy());
  const std::vector<float> rows = {0.5F, 0.5F, 0.5F, 0.5F};
  std::vector<float> logits(3);
  float log_density = 0;
  float norm = 0;
  EXPECT_TRUE(
      engine.Evaluate(rows, {.logits = logits, .log_density = {&log_density, 1}, .gradient_norm = {&norm, 1}}).ok());
  EXPECT_THAT(logits, ElementsAre(-4, -1, 0));
  const double total = std::exp(-4.0) + std::exp(-1.0) + 1;
  EXPECT_NEAR(log_density, std::log(total), 1e-6);
  const double mean = (-0.5 * std::exp(-4.0) + 0.5) / total;
  EXPECT_NEAR(norm, std::sqrt(kD) * 2 * (0.5 - mean), 1e-5);
}

TEST(ModelRowEngineTest, ARowsBitsDependNeitherOnOtherRowsNorOnOtherOutputs) {
  ModelRowEngine engine(&Energy());
  std::vector<float> rows(kTileRows * kD);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<float>(i));
  std::vector<float> logits(kTileRows * 3);
  std::vector<float> log_density(kTileRows);
  std::vector<float> norm(kTileRows);
  EXPECT_TRUE(engine.Evaluate(rows, {.logits = logits, .log_density = log_density, .gradient_norm = norm}).ok());
  for (int row = 0; row < kTileRows; ++row) {
    std::vector<float> one_logits(3);
    float one_density = 0;
    EXPECT_TRUE(
        engine.Evaluate(std::span(rows).subspan(row * kD, kD), {.logits = one_logits, .log_density = {&one_density, 1}})
            .ok());
    EXPECT_EQ(one_density, log_density[row]);
    EXPECT_EQ(one_logits, std::vector<float>(logits.begin() + 3 * row, logits.begin() + 3 * row + 3));
  }
}

TEST(ModelRowEngineTest, TheLogRatioIsRelativeToTheBaseDensity) {
  const reference::TestModel on_base =
      reference::WithRandomBase(3, kClassGaussiansBase, 0.3F, reference::RandomMlp(4, {kD, {8}, 3}));
  const std::unique_ptr<EnergyModel> model = *MakeEnergyModel(on_base.spec, on_base.tensors);
  ModelRowEngine engine(model.get());
  const std::vector<float> rows = {0.1F, 0.2F, 0.3F, 0.4F, /**/ -0.5F, 0.5F, 0, 1};
  std::vector<float> logits(6);
  std::vector<float> log_density(2);
  std::vector<float> log_ratio(2);
  std::vector<float> log_base(2);
  EXPECT_TRUE(engine.Evaluate(rows, {.logits = logits, .log_density = log_density, .log_ratio = log_ratio}).ok());
  model->base_density()->Evaluate({rows.data(), 2, kD}, {}, log_base, Matrix());
  for (size_t row = 0; row < 2; ++row) EXPECT_EQ(log_ratio[row], log_density[row] - log_base[row]);
}

TEST(ModelRowEngineTest, EarlierRowsDoNotAffectLaterOnes) {
  ModelRowEngine used(&Energy());
  std::vector<float> many_logits(kTileRows * 3);
  std::vector<float> many(kTileRows);
  EXPECT_TRUE(used.Evaluate(std::vector<float>(kTileRows * kD, std::numeric_limits<float>::infinity()),
                            {.logits = many_logits, .log_density = many, .gradient_norm = many})
                  .ok());

  ModelRowEngine fresh(&Energy());
  const std::vector<float> row = {0.1F, 0.2F, 0.3F, 0.4F};
  std::vector<float> logits(3);
  float from_used = 0;
  float from_fresh = 0;
  EXPECT_TRUE(used.Evaluate(row, {.logits = logits, .log_density = {&from_used, 1}}).ok());
  EXPECT_TRUE(fresh.Evaluate(row, {.logits = logits, .log_density = {&from_fresh, 1}}).ok());
  EXPECT_EQ(from_used, from_fresh);
}

// A model whose every computation runs out of memory, as LibTorch's can.
class ExhaustedEnergy final : public EnergyModel, public ClassLogits, public LogDensityGradient {
 public:
  int64_t dimension() const override { return kD; }
  int64_t num_classes() const override { return 2; }
  const ClassLogits* class_logits() const override { return this; }
  const LogDensityGradient* log_density_gradient() const override { return this; }
  const BaseDensity* base_density() const override { return &base_; }
  void LogDensity(ConstMatrix /*x*/, std::span<float> /*log_density*/) const override { throw std::bad_alloc(); }
  void Logits(ConstMatrix /*x*/, Matrix /*logits*/, std::span<float> /*log_density*/) const override {
    throw std::bad_alloc();
  }
  void Evaluate(ConstMatrix /*x*/, std::span<const int32_t> /*classes*/, std::span<float> /*log_density*/,
                Matrix /*gradient*/) const override {
    throw std::bad_alloc();
  }

 private:
  const reference::NormalBase base_{kD, 0.0F, 1.0F};
};

TEST(ModelEnginesTest, WhatTheModelThrowsIsAnErrorOfTheEngine) {
  const ExhaustedEnergy energy;
  ModelChainEngine chains(&energy, &Starts());
  Admit(&chains, 0, 7, 0);
  EXPECT_EQ(Admit(&chains, 1, Settings(7, AnnealedLangevin{0.1F}), 1, StartOf(1)).code(),
            absl::StatusCode::kResourceExhausted);
  const std::vector<int> slots = {0};
  std::vector<float> state(kD);
  std::vector<float> log_density(1);
  std::vector<float> logits(2);
  EXPECT_EQ(chains.Step().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(chains.Read(slots, std::vector<std::span<float>>{state}, log_density).code(),
            absl::StatusCode::kResourceExhausted);
  ModelRowEngine rows(&energy);
  EXPECT_EQ(rows.Evaluate(state, {.logits = logits, .log_density = log_density}).code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace ebm::catalog

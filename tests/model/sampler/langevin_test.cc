#include "model/sampler/langevin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/core/random.h"
#include "tests/model/sampler/kernel_test.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr int64_t kDimension = 5;

class LangevinTest : public KernelTest<LangevinKernel> {
 protected:
  LangevinTest() : KernelTest({0.5F, 1.0F, 1.5F, 0.1F, 3.0F}, {0.0F, 1.0F, -1.0F, 2.0F, 0.5F}) {}

  static std::vector<float> Noise(const ChainSettings& settings, uint32_t step) {
    std::vector<float> noise(kDimension);
    FillNormal({.seed = settings.seed, .chain = settings.chain, .step = step}, noise);
    return noise;
  }

  const std::vector<float> start_ = {0.3F, -0.7F, 2.5F, 0.0F, -1.0F};
};

TEST_F(LangevinTest, OneStepIsThePlainFormula) {
  const ChainSettings settings = {.seed = 11, .chain = 3, .sampler = {.kernel = Langevin{0.4F, 0.2F}}};
  const std::vector<float> after = Alone(settings, 17, start_, 1);
  const std::vector<float> noise = Noise(settings, 17);
  for (size_t i = 0; i < kDimension; ++i) {
    const double drift = double{0.4F} * -double{lambda_[i]} * (double{start_[i]} - mu_[i]);
    const double kick = double{0.2F} * noise[i];
    const double magnitude = std::abs(start_[i]) + std::abs(drift) + std::abs(kick);
    EXPECT_NEAR(after[i], start_[i] + drift + kick, 6 * 0x1p-24 * magnitude) << "coordinate " << i;
  }
}

TEST_F(LangevinTest, AClassLeadsToItsOwnDensity) {
  const std::vector<float> without = Alone({.sampler = {.kernel = Langevin{1.0F, 0.0F}}}, 0, start_, 1);
  const std::vector<float> with_class =
      Alone({.target_class = 2, .sampler = {.kernel = Langevin{1.0F, 0.0F}}}, 0, start_, 1);
  for (size_t i = 0; i < kDimension; ++i) EXPECT_NEAR(with_class[i] - without[i], 2 * lambda_[i], 1e-5F);
}

TEST_F(LangevinTest, CountsItsSteps) {
  ChainBatch chains(2, kDimension);
  chains.Set(0, {}, 0, start_, {});
  chains.Set(1, {}, 100, start_, {});
  Step(chains, 3);
  EXPECT_EQ(chains.step(0), 3);
  EXPECT_EQ(chains.step(1), 103);
}

TEST_F(LangevinTest, ReportsTheLogDensityBeforeTheStep) {
  ChainBatch chains(2, kDimension);
  chains.Set(0, {}, 0, start_, {});
  chains.Set(1, {}, 0, mu_, {});
  Step(chains);
  std::vector<float> expected(1);
  energy_.LogDensity(ConstMatrix(start_.data(), 1, kDimension), expected);
  EXPECT_THAT(chains.log_density(), ElementsAre(expected[0], 0.0F));
}

// The noise is the whole step if the drift is 0.
TEST_F(LangevinTest, NoiseIsAFunctionOfSeedChainAndStepAlone) {
  const ChainSettings settings = {.seed = 5, .chain = 8, .sampler = {.kernel = Langevin{0.0F, 1.0F}}};
  const std::vector<float> zeros(kDimension);
  EXPECT_EQ(Alone(settings, 4, zeros, 1), Noise(settings, 4));
  for (const int64_t row : {0, 3}) {
    ChainBatch chains(4, kDimension);
    for (int64_t other = 0; other < 4; ++other) {
      chains.Set(other, {.seed = 77, .chain = static_cast<uint32_t>(other)}, 4, start_, {});
    }
    chains.Set(row, settings, 4, zeros, {});
    Step(chains);
    EXPECT_EQ(RowOf(chains, row), Noise(settings, 4)) << "row " << row;
  }
  EXPECT_NE(Alone(settings, 5, zeros, 1), Noise(settings, 4));
}

// One batch holds chains of different settings at different steps, and a diverged one.
TEST_F(LangevinTest, RowsDoNotInfluenceEachOther) {
  std::vector<ChainSettings> settings;
  settings.reserve(6);
  for (uint32_t row = 0; row < 6; ++row) {
    const Langevin kernel = {.step_size = 0.1F * (row + 1), .noise_scale = row == 3 ? 0.0F : 0.3F};
    settings.push_back({.seed = 100 + row / 2, .chain = row, .sampler = {.kernel = kernel}});
  }
  settings[2].target_class = 1;
  ChainBatch chains(7, kDimension);
  for (uint32_t row = 0; row < 6; ++row) chains.Set(row, settings[row], 10 * row, start_, {});
  chains.Set(6, {}, 0, std::vector<float>(kDimension, kNan), {});
  Step(chains, 4);
  for (uint32_t row = 0; row < 6; ++row) EXPECT_EQ(RowOf(chains, row), Alone(settings[row], 10 * row, start_, 4));
}

// A slow reader's chain is taken out of its row, another chain uses the row, and the chain continues later in another
// row.
TEST_F(LangevinTest, AParkedChainContinuesInAnotherRowWithTheSameBits) {
  const ChainSettings settings = {.seed = 21, .chain = 2, .sampler = {.kernel = Langevin{0.3F, 0.5F}}};
  ChainBatch first(4, kDimension);
  first.Set(3, settings, 0, start_, {});
  Step(first, 7);
  const std::vector<float> parked = RowOf(first, 3);
  const uint32_t step = first.step(3);

  ChainBatch second(2, kDimension);
  second.Set(1, {.seed = 5}, 50, start_, {});
  Step(second, 2);
  second.Set(1, settings, step, parked, {});
  Step(second, 5);
  EXPECT_EQ(second.step(1), 12);
  EXPECT_EQ(RowOf(second, 1), Alone(settings, 0, start_, 12));
}

TEST_F(LangevinTest, HeldCoordinatesNeverMoveAndFreeOnesMoveAsBefore) {
  const ChainSettings settings = {
      .seed = 1, .sampler = {.kernel = Langevin{0.5F, 0.1F}, .clamp_lower = -2.0F, .clamp_upper = 2.0F}};
  const std::vector<uint8_t> free = {1, 0, 0, 1, 0};  // start_[2] is held beyond the clamp
  ChainBatch chains(1, kDimension);
  chains.Set(0, settings, 0, start_, free);
  Step(chains, 25);
  const std::vector<float> unmasked = Alone(settings, 0, start_, 25);  // the coordinates of this energy are independent
  for (size_t i = 0; i < kDimension; ++i) {
    EXPECT_EQ(chains.states().row(0)[i], free[i] == 0 ? start_[i] : unmasked[i]) << "coordinate " << i;
  }
}

TEST_F(LangevinTest, TheClampHoldsAtEveryStep) {
  ChainBatch chains(1, kDimension);
  const SamplerSettings clamped = {.kernel = Langevin{0.5F, 5.0F}, .clamp_lower = -1.0F, .clamp_upper = 0.25F};
  chains.Set(0, {.seed = 3, .sampler = clamped}, 0, start_, {});
  bool touched_lower = false;
  bool touched_upper = false;
  for (int step = 0; step < 50; ++step) {
    Step(chains);
    for (const float value : chains.states().row(0)) {
      ASSERT_GE(value, -1.0F);
      ASSERT_LE(value, 0.25F);
      touched_lower |= value == -1.0F;
      touched_upper |= value == 0.25F;
    }
  }
  EXPECT_TRUE(touched_lower && touched_upper);
}

TEST_F(LangevinTest, ANanPassesTheClampAndStays) {
  ChainBatch chains(2, kDimension);
  const ChainSettings clamped = {
      .sampler = {.kernel = Langevin{1.0F, 0.1F}, .clamp_lower = -1.0F, .clamp_upper = 1.0F}};
  std::vector<float> diverged = start_;
  diverged[2] = kNan;
  chains.Set(0, clamped, 0, diverged, {});
  chains.Set(1, clamped, 0, start_, {});
  for (int step = 0; step < 3; ++step) {
    Step(chains);
    EXPECT_FALSE(chains.IsFinite(0));
    EXPECT_TRUE(std::isnan(chains.states().row(0)[2]));
    EXPECT_TRUE(chains.IsFinite(1));
  }
}

TEST_F(LangevinTest, OnlyTheFinalStepIsWithoutNoise) {
  const auto with = [](const Langevin& kernel) {
    return ChainSettings{.seed = 9, .sampler = {.steps = 4, .kernel = kernel}};
  };
  const ChainSettings settings = with({.step_size = 0.2F, .noise_scale = 0.5F, .final_noise_free_step = true});
  const ChainSettings noisy = with({.step_size = 0.2F, .noise_scale = 0.5F});
  const ChainSettings silent = with({.step_size = 0.2F, .noise_scale = 0.0F});
  const std::vector<float> before = Alone(noisy, 0, start_, 3);
  EXPECT_EQ(Alone(settings, 0, start_, 3), before);
  EXPECT_EQ(Alone(settings, 0, start_, 4), Alone(silent, 3, before, 1));
  EXPECT_NE(Alone(settings, 0, start_, 4), Alone(noisy, 0, start_, 4));
  EXPECT_EQ(Alone(settings, 4, start_, 1), Alone(noisy, 4, start_, 1));
}

}  // namespace
}  // namespace ebm

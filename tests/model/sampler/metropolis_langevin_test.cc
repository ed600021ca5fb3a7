#include "model/sampler/metropolis_langevin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "model/core/random.h"
#include "tests/model/sampler/kernel_test.h"

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::ElementsAreArray;

constexpr int64_t kDimension = 4;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class MetropolisLangevinTest : public KernelTest<MetropolisLangevinKernel> {
 protected:
  MetropolisLangevinTest() : KernelTest({0.5F, 1.0F, 1.5F, 3.0F}, {0.0F, 1.0F, -1.0F, 0.5F}) {}

  static constexpr float kAlpha = 0.7F;
  const float sigma_ = std::sqrt(1.4F);

  ChainSettings Settings(uint32_t chain, uint32_t adaptation_steps = 0) const {
    const MetropolisLangevin kernel = {kAlpha, sigma_, adaptation_steps};
    return {.seed = 11, .chain = chain, .sampler = {.steps = 100, .kernel = kernel}};
  }

  const std::vector<float> start_ = {0.3F, -0.7F, 2.5F, -1.0F};
};

// One step of the header's formulas in double precision, written out for T = 1.
TEST_F(MetropolisLangevinTest, OneStepIsThePlainFormula) {
  int accepted = 0;
  for (uint32_t chain = 0; chain < 200; ++chain) {
    const ChainSettings settings = Settings(chain);
    std::vector<float> noise(kDimension);
    FillNormal({.seed = 11, .chain = chain, .step = 5}, noise);
    const double u = OpenUniform({.seed = 11, .stream = RandomStream::kAcceptance, .chain = chain, .step = 5});
    const double alpha = kAlpha;
    const double variance = double{sigma_} * sigma_;
    double log_ratio = 0;
    std::vector<double> proposal;
    for (size_t i = 0; i < kDimension; ++i) {
      const double x = start_[i];
      const double slope = -double{lambda_[i]} * (x - mu_[i]);
      const double there = x + alpha * slope + sigma_ * noise[i];
      const double slope_there = -double{lambda_[i]} * (there - mu_[i]);
      const auto energy = [&](double at) { return lambda_[i] / 2 * (at - mu_[i]) * (at - mu_[i]); };
      log_ratio += (energy(x) - energy(there)) / (variance / (2 * alpha));
      log_ratio +=
          (std::pow(there - x - alpha * slope, 2) - std::pow(x - there - alpha * slope_there, 2)) / (2 * variance);
      proposal.push_back(there);
    }
    const std::vector<float> after = Alone(settings, 5, start_, 1);
    if (std::abs(std::log(u) - log_ratio) < 1e-5) continue;  // too close to decide in single precision
    const bool accepts = std::log(u) < log_ratio;
    accepted += accepts ? 1 : 0;
    for (size_t i = 0; i < kDimension; ++i) {
      EXPECT_NEAR(after[i], accepts ? proposal[i] : start_[i], 1e-6) << "chain " << chain;
    }
  }
  EXPECT_GT(accepted, 20);
  EXPECT_LT(accepted, 180);
}

// At this step the word behind u is 4: of its upper 24 bits, u would be 0, and ln 0 is below every ratio.
TEST_F(MetropolisLangevinTest, TheSmallestDrawsStillRejectAHopelessProposal) {
  constexpr uint32_t kStep = 432638;
  const RandomKey key = {.seed = 1, .stream = RandomStream::kAcceptance, .chain = 6, .step = kStep};
  float coarse = 1;
  FillUniform(key, {&coarse, 1});
  ASSERT_EQ(coarse, 0);
  EXPECT_EQ(OpenUniform(key), 4.5 / 4294967296.0);
  const ChainSettings far = {
      .seed = 1, .chain = 6, .sampler = {.kernel = MetropolisLangevin{700.0F, std::sqrt(1400.0F)}}};
  EXPECT_EQ(Alone(far, kStep, start_, 1), start_);
}

TEST_F(MetropolisLangevinTest, AChainHasTheSameBitsAloneAndInCompanyAndAfterBeingParked) {
  const std::vector<float> alone = Alone(Settings(3), 0, start_, 30);
  ChainBatch busy(4, kDimension);
  for (uint32_t row = 0; row < 4; ++row) busy.Set(row, Settings(row), 0, start_, {});
  Step(busy, 10);
  const std::vector<float> parked = RowOf(busy, 3);
  busy.Copy(3, 1);
  busy.Set(3, Settings(9), 0, mu_, {});
  Step(busy, 5);
  ChainBatch later(2, kDimension);
  later.Set(0, Settings(7), 0, mu_, {});
  later.Set(1, Settings(3), busy.step(1), RowOf(busy, 1), {});
  Step(later, 15);
  EXPECT_EQ(RowOf(later, 1), alone);
}

// The temperature does not change, and after its burn-in a chain keeps the tuned step size.
TEST_F(MetropolisLangevinTest, TunesItsStepDuringBurnInOnlyAndAtItsTemperature) {
  ChainBatch chains(1, kDimension);
  chains.Set(0, Settings(1, /*adaptation_steps=*/50), 0, start_, {});
  Step(chains, 50);
  const Motion tuned = chains.motion(0);
  EXPECT_NE(tuned.step_size, kAlpha);
  EXPECT_NEAR(TemperatureOf(MetropolisLangevin{tuned.step_size, tuned.noise_scale}), 1, 1e-5);
  Step(chains, 50);
  EXPECT_EQ(chains.motion(0), tuned);
}

// One step of the header's rule, for a proposal that is certainly rejected and for one that is almost certainly
// accepted.
TEST_F(MetropolisLangevinTest, TunesByTheStatedRule) {
  ChainSettings settings = Settings(1, /*adaptation_steps=*/10);
  settings.sampler.clamp_upper = -10;  // far from every state
  settings.sampler.clamp_lower = -11;
  ChainBatch chains(2, kDimension);
  chains.Set(0, settings, 3, start_, {});
  constexpr float kSmall = 1e-6F;
  ChainSettings small = Settings(2);
  small.sampler.kernel = MetropolisLangevin{kSmall, std::sqrt(2 * kSmall), /*adaptation_steps=*/10};
  chains.Set(1, small, 3, start_, {});
  Step(chains);
  const double gain = std::pow(4.0, -0.6);
  EXPECT_NEAR(chains.motion(0).step_size / kAlpha, std::exp(gain * (0 - 0.574)), 1e-6);
  EXPECT_NEAR(chains.motion(1).step_size / kSmall, std::exp(gain * (1 - 0.574)), 1e-3);
}

TEST_F(MetropolisLangevinTest, CountsWhatItAccepts) {
  ChainBatch chains(1, kDimension);
  chains.Set(0, Settings(1), 0, start_, {});
  uint32_t moves = 0;
  for (int step = 0; step < 100; ++step) {
    const std::vector<float> before = RowOf(chains, 0);
    Step(chains);
    moves += RowOf(chains, 0) != before ? 1 : 0;
  }
  EXPECT_EQ(chains.TakeAccepted(0), moves);
  EXPECT_GT(moves, 0);
  EXPECT_LT(moves, 100);
  chains.Set(0, Settings(1), 0, start_, {});
  EXPECT_EQ(chains.TakeAccepted(0), 0);
}

TEST_F(MetropolisLangevinTest, ReportsTheLogDensityOfItsState) {
  ChainBatch chains(3, kDimension);
  for (uint32_t row = 0; row < 3; ++row) chains.Set(row, Settings(row), 0, start_, {});
  Step(chains, 7);
  std::vector<float> expected(3);
  energy_.LogDensity(chains.states(), expected);
  EXPECT_THAT(chains.log_density(), ElementsAreArray(expected));
}

TEST_F(MetropolisLangevinTest, NeverLeavesItsBox) {
  ChainBatch chains(1, kDimension);
  ChainSettings settings = Settings(2);
  settings.sampler.clamp_lower = -1.0F;
  settings.sampler.clamp_upper = 1.0F;
  chains.Set(0, settings, 0, std::vector<float>(kDimension, 0.9F), {});
  for (int step = 0; step < 200; ++step) {
    Step(chains);
    for (const float value : chains.states().row(0)) EXPECT_TRUE(value >= -1.0F && value <= 1.0F);
  }
  EXPECT_GT(chains.TakeAccepted(0), 0);
}

TEST_F(MetropolisLangevinTest, HeldCoordinatesNeverMoveAndMayLieOutsideOfTheBox) {
  const std::vector<uint8_t> free = {1, 0, 0, 1};
  ChainSettings settings = Settings(4);
  settings.sampler.clamp_lower = -2.0F;
  settings.sampler.clamp_upper = 2.0F;
  ChainBatch chains(1, kDimension);
  chains.Set(0, settings, 0, start_, free);  // start_[2] is 2.5
  Step(chains, 50);
  EXPECT_EQ(chains.states().row(0)[1], start_[1]);
  EXPECT_EQ(chains.states().row(0)[2], start_[2]);
  EXPECT_GT(chains.TakeAccepted(0), 0);
}

TEST_F(MetropolisLangevinTest, AStartWithoutADensityIsSeenAsDiverged) {
  ChainBatch chains(2, kDimension);
  chains.Set(0, Settings(0), 0, std::vector<float>(kDimension, kNan), {});
  chains.Set(1, Settings(1), 0, std::vector<float>(kDimension, 1e30F), {});  // its square overflows a float
  Step(chains);
  EXPECT_FALSE(chains.IsFinite(0));
  EXPECT_FALSE(chains.IsFinite(1));
  EXPECT_THAT(chains.states().row(1), Each(::testing::IsNan()));
}

}  // namespace
}  // namespace ebm

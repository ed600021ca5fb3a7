#include "model/sampler/sampler_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "model/sampler/kernel_table.h"
#include "tests/reference/quadratic_energy.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const SamplerSettings& settings) {
  const absl::Status status = settings.Validate();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(SamplerSettingsTest, DefaultsAreValid) { EXPECT_EQ(SamplerSettings().Validate(), absl::OkStatus()); }

TEST(SamplerSettingsTest, RefusalsNameTheFieldTheValueAndTheLimit) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(Refusal({.steps = 0}), HasSubstr("sampler.steps: 0, must be at least 1"));
  EXPECT_THAT(Refusal({.kernel = Langevin{.step_size = kNan}}), HasSubstr("sampler.step_size: nan, must be"));
  EXPECT_THAT(Refusal({.kernel = MetropolisLangevin{.noise_scale = 0}}), HasSubstr("sampler.noise_scale: 0, must be"));
  EXPECT_THAT(Refusal({.steps = 4, .kernel = MetropolisLangevin{.adaptation_steps = 5}}),
              HasSubstr("sampler.adaptation_steps: 5, must be at most sampler.steps, 4"));
  EXPECT_THAT(Refusal({.clamp_lower = 1.0F, .clamp_upper = 1.0F}), HasSubstr("sampler.clamp_lower: 1, must be below"));
}

TEST(SamplerSettingsTest, TheTemperatureFollowsFromTheMotion) {
  EXPECT_DOUBLE_EQ(TemperatureOf({.step_size = 0.5F, .noise_scale = 2.0F}), 4);
  KernelSettings kernel = MetropolisLangevin{.adaptation_steps = 7};
  SetMotion({.step_size = 0.5F, .noise_scale = 1.0F}, kernel);
  EXPECT_EQ(kernel, KernelSettings(MetropolisLangevin{0.5F, 1.0F, 7}));
}

class NoGradient final : public EnergyModel {
 public:
  int64_t dimension() const override { return 1; }
  void LogDensity(ConstMatrix /*x*/, std::span<float> log_density) const override { log_density[0] = 0; }
};

TEST(KernelTableTest, NamesTheCapabilityThatTheModelLacks) {
  for (const KernelSettings& settings : {KernelSettings(Langevin()), KernelSettings(MetropolisLangevin())}) {
    const absl::Status status = MakeKernel(settings, NoGradient()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(status.message(), HasSubstr("gradient of ln p~"));
  }
}

TEST(KernelTableTest, TheKernelIsTheOneOfTheSettings) {
  const reference::QuadraticEnergy energy({1.0F}, {0.0F});
  const SamplerSettings wild = {.steps = 1, .kernel = MetropolisLangevin{.step_size = 1e6F, .noise_scale = 1e3F}};
  const auto moves = [&](const KernelSettings& settings) {
    ChainBatch chains(1, 1);
    const float start = 0;
    chains.Set(0, ToChainSettings(wild, 3), 0, {&start, 1}, {});
    (*MakeKernel(settings, energy))->Step(chains);
    return chains.states().row(0)[0] != 0;
  };
  EXPECT_TRUE(moves(Langevin()));
  EXPECT_FALSE(moves(MetropolisLangevin())) << "so long a step is rejected";
}

TEST(KernelTableTest, ChainsGetTheSettingsOfTheirKernel) {
  const SamplerSettings clean = {.steps = 9, .kernel = Langevin{0.5F, 0.25F, true}, .clamp_lower = -1.0F};
  const ChainSettings chain = ToChainSettings(clean, 7);
  EXPECT_EQ(chain.seed, 7);
  EXPECT_EQ(chain.step_size, 0.5F);
  EXPECT_EQ(chain.noise_scale, 0.25F);
  EXPECT_EQ(chain.noise_free_step, 8);
  EXPECT_EQ(chain.clamp_lower, -1);
  EXPECT_EQ(chain.clamp_upper, std::numeric_limits<float>::infinity());
  const SamplerSettings tuned = {.steps = 9, .kernel = MetropolisLangevin{.adaptation_steps = 4}};
  EXPECT_EQ(ToChainSettings(tuned, 7).adaptation_steps, 4);
  EXPECT_EQ(ToChainSettings(tuned, 7).noise_free_step, ChainSettings::kNever);
}

}  // namespace
}  // namespace ebm

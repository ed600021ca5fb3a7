#include "model/sampler/sampler_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <variant>

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

TEST(SamplerSettingsTest, AnnealedChainsStartFromTheBaseWithoutAClamp) {
  const SamplerSettings annealed = {.kernel = AnnealedLangevin{0.1F}, .start = ChainStart::kBase};
  EXPECT_EQ(annealed.Validate(), absl::OkStatus());
  EXPECT_EQ(TemperatureOf(annealed.kernel), 1);
  EXPECT_EQ(MotionOf(annealed.kernel), (Motion{0.1F, NoiseScaleAt(1, 0.1F)}));
  SamplerSettings elsewhere = annealed;
  elsewhere.start = ChainStart::kUniform;
  EXPECT_THAT(Refusal(elsewhere), HasSubstr("sampler.start: uniform, must be base for annealed chains"));
  SamplerSettings clamped = annealed;
  clamped.clamp_upper = 1.0F;
  EXPECT_THAT(Refusal(clamped), HasSubstr("sampler.clamp: 1, must be unset for annealed chains"));
}

TEST(SamplerSettingsTest, GibbsChainsHaveATemperatureAndNoClamp) {
  const SamplerSettings gibbs = {.kernel = Gibbs{.temperature = 2.0F}};
  EXPECT_EQ(gibbs.Validate(), absl::OkStatus());
  EXPECT_EQ(TemperatureOf(gibbs.kernel), 2);
  EXPECT_EQ(CheckContinuable(gibbs.kernel), absl::OkStatus());
  EXPECT_THAT(Refusal({.kernel = Gibbs{.temperature = 0}}),
              HasSubstr("sampler.temperature: 0, must be from 1e-06 to 1e+06"));
  EXPECT_THAT(Refusal({.kernel = Gibbs(), .clamp_lower = 0.0F}),
              HasSubstr("sampler.clamp: 0, must be unset for Gibbs chains"));
}

TEST(SamplerSettingsTest, ModelsOfRealCoordinatesHaveNoGibbsChains) {
  const reference::QuadraticEnergy energy({1}, {0});
  EXPECT_EQ(MakeKernel(Gibbs(), energy).status(),
            absl::FailedPreconditionError("Gibbs chains need block conditionals, which this model does not have"));
}

TEST(SamplerSettingsTest, AKernelOfAnotherKindTakesTheMotionOver) {
  KernelSettings kernel = Langevin{0.5F, 0.25F, true};
  UseKernel<MetropolisLangevin>(kernel).adaptation_steps = 3;
  EXPECT_EQ(kernel, KernelSettings(MetropolisLangevin{0.5F, 0.25F, 3}));
  UseKernel<MetropolisLangevin>(kernel);
  EXPECT_EQ(BurnInOf(kernel), 3) << "a kernel of the wanted kind is kept";
  UseKernel<AnnealedLangevin>(kernel);
  EXPECT_EQ(kernel, KernelSettings(AnnealedLangevin{0.5F}));
}

TEST(SamplerSettingsTest, ChainsThatCarryMoreThanTheirStateDoNotContinue) {
  EXPECT_EQ(CheckContinuable(Langevin()), absl::OkStatus());
  EXPECT_EQ(CheckContinuable(MetropolisLangevin()), absl::OkStatus());
  EXPECT_THAT(std::string(CheckContinuable(MetropolisLangevin{.adaptation_steps = 3}).message()),
              HasSubstr("sampler.adaptation_steps: 3, must be 0"));
  EXPECT_THAT(std::string(CheckContinuable(AnnealedLangevin()).message()),
              HasSubstr("sampler.kernel: annealed_langevin, must be"));
}

TEST(SamplerSettingsTest, EveryKindOfKernelHasAName) {
  std::set<std::string> names;
  for (const KernelSettings& kernel : KernelKinds()) names.emplace(NameOf(kernel));
  EXPECT_EQ(names.size(), std::variant_size_v<KernelSettings>);
  EXPECT_EQ(KernelKinds()[2].index(), 2) << "in the order of the variant";
}

TEST(SamplerSettingsTest, TheTemperatureFollowsFromTheMotion) {
  EXPECT_DOUBLE_EQ(TemperatureOf(Langevin{.step_size = 0.5F, .noise_scale = 2.0F}), 4);
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
    chains.Set(0, {.seed = 3, .sampler = wild}, 0, {&start, 1}, {});
    (*MakeKernel(settings, energy))->Step(chains);
    return chains.states().row(0)[0] != 0;
  };
  EXPECT_TRUE(moves(Langevin()));
  EXPECT_FALSE(moves(MetropolisLangevin())) << "so long a step is rejected";
}

}  // namespace
}  // namespace ebm

#include "proto/convert/sampler.h"

#include <cmath>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

// Settings whose every value differs from its default.
std::vector<SamplerSettings> OfEveryKind() {
  std::vector<SamplerSettings> all;
  for (const KernelSettings& kernel :
       {KernelSettings(Langevin{0.5F, 0.25F, true}), KernelSettings(MetropolisLangevin{0.5F, 0.25F, 7}),
        KernelSettings(AnnealedLangevin{0.5F}), KernelSettings(Gibbs{0.5F, true})}) {
    all.push_back({.steps = 9, .kernel = kernel, .start = ChainStart::kBase, .clamp_lower = 2.0F, .clamp_upper = 3.0F});
  }
  return all;
}

TEST(SamplerConversionTest, CoversEveryKindOfKernel) {
  EXPECT_EQ(OfEveryKind().size(), std::variant_size_v<KernelSettings>);
}

TEST(SamplerConversionTest, EverySettingSurvivesTheWire) {
  for (const SamplerSettings& settings : OfEveryKind()) EXPECT_EQ(*WithDefaults(ToProto(settings), {}), settings);
}

TEST(SamplerConversionTest, EveryStartSurvivesTheWire) {
  for (const ChainStart start : kChainStarts) {
    EXPECT_EQ(WithDefaults(ToProto(SamplerSettings{.start = start}), {})->start, start);
  }
}

TEST(SamplerConversionTest, UnsetFieldsAreTheDefaults) {
  for (const SamplerSettings& defaults : OfEveryKind()) EXPECT_EQ(*WithDefaults({}, defaults), defaults);
}

TEST(SamplerConversionTest, TheClampIsReplacedAsAWhole) {
  const SamplerSettings defaults = OfEveryKind()[0];
  v1::SamplerSettings settings;
  settings.mutable_clamp()->set_lower(1);
  EXPECT_EQ(WithDefaults(settings, defaults)->clamp_lower, 1);
  EXPECT_FALSE(WithDefaults(settings, defaults)->clamp_upper.has_value());
  settings.mutable_clamp()->clear_lower();
  EXPECT_FALSE(WithDefaults(settings, defaults)->clamp_lower.has_value()) << "set but empty: no limits";
}

TEST(SamplerConversionTest, AKernelOfAnotherKindTakesTheMotionOver) {
  v1::SamplerSettings settings;
  settings.mutable_metropolis_langevin()->set_adaptation_steps(3);
  EXPECT_EQ(WithDefaults(settings, OfEveryKind()[0])->kernel, KernelSettings(MetropolisLangevin{0.5F, 0.25F, 3}));
  settings.mutable_langevin();
  EXPECT_EQ(WithDefaults(settings, OfEveryKind()[1])->kernel, KernelSettings(Langevin{0.5F, 0.25F, false}));
}

TEST(SamplerConversionTest, GibbsChainsPassATemperatureOnAndNoStepSize) {
  const SamplerSettings defaults = {.kernel = Gibbs{.temperature = 2}};
  v1::SamplerSettings settings;
  settings.mutable_metropolis_langevin();
  EXPECT_THAT(std::string(WithDefaults(settings, defaults).status().message()),
              HasSubstr("sampler.step_size: unset, must be set for metropolis_langevin chains"));
  settings.mutable_metropolis_langevin()->set_step_size(0.25F);
  EXPECT_EQ(WithDefaults(settings, defaults)->kernel, KernelSettings(MetropolisLangevin{0.25F, 1.0F, 0}));
  settings.mutable_metropolis_langevin()->set_temperature(0.5);
  EXPECT_EQ(WithDefaults(settings, defaults)->kernel, KernelSettings(MetropolisLangevin{0.25F, 0.5F, 0}));
  settings.mutable_annealed_langevin();
  EXPECT_THAT(std::string(WithDefaults(settings, defaults).status().message()),
              HasSubstr("must be set for annealed_langevin chains"));
}

TEST(SamplerConversionTest, ATemperatureDeterminesTheNoiseScale) {
  v1::SamplerSettings settings;
  settings.mutable_langevin()->set_step_size(0.02F);
  settings.mutable_langevin()->set_temperature(4);
  EXPECT_FLOAT_EQ(MotionOf(WithDefaults(settings, {})->kernel).noise_scale, 0.4F);
  settings.mutable_langevin()->clear_step_size();
  EXPECT_FLOAT_EQ(MotionOf(WithDefaults(settings, OfEveryKind()[0])->kernel).noise_scale, 2.0F) << "the default step";
}

TEST(SamplerConversionTest, AnnealedChainsStartFromTheBase) {
  v1::SamplerSettings settings;
  settings.mutable_annealed_langevin();
  EXPECT_EQ(WithDefaults(settings, {})->start, ChainStart::kBase);
  settings.set_start(v1::CHAIN_START_UNIFORM);
  EXPECT_EQ(WithDefaults(settings, {})->start, ChainStart::kUniform) << "Validate refuses it";
}

TEST(SamplerConversionTest, RefusesWhatThePlainTypeCannotHold) {
  v1::SamplerSettings settings;
  settings.set_start(static_cast<v1::ChainStart>(9));
  EXPECT_THAT(std::string(WithDefaults(settings, {}).status().message()), HasSubstr("sampler.start: 9, must be"));
  settings.clear_start();
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    settings.mutable_metropolis_langevin()->set_temperature(bad);
    EXPECT_THAT(std::string(WithDefaults(settings, {}).status().message()), HasSubstr("must be finite and above 0"));
  }
}

}  // namespace
}  // namespace ebm

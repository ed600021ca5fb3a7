// Tests of Recipe::Describe and of the limits of settings.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "model/offline/train/recipe.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DescribeTest, NumbersReadBackTheSame) {
  Recipe recipe = *FindRecipe("default");
  recipe.learning_rate = 0.0012345678;
  recipe.density_weight = 0.1 + 0.2;
  recipe.data_noise = 1.0F / 3.0F;
  recipe.chains.sampler.clamp_upper = std::nextafter(1.0F, 2.0F);
  recipe.density_jitter.shift = 0.1F + 1e-8F;
  const auto settings = recipe.Describe();
  EXPECT_EQ(settings.at("learning_rate"), "0.0012345678");
  EXPECT_EQ(std::stod(settings.at("density_weight")), 0.1 + 0.2);
  EXPECT_EQ(std::stof(settings.at("data_noise")), 1.0F / 3.0F);
  EXPECT_EQ(std::stof(settings.at("chain_clamp_upper")), recipe.chains.sampler.clamp_upper);
  EXPECT_THAT(settings.at("density_jitter"), Not(HasSubstr("shift 0.1,")));
}

TEST(DescribeTest, RoundNumbersStayShort) {
  const auto settings = FindRecipe("density_resnet")->Describe();
  EXPECT_EQ(settings.at("learning_rate"), "0.004");
  EXPECT_EQ(settings.at("chain_step_size"), "2e-06");
  EXPECT_EQ(settings.at("batch_size"), "64");
  EXPECT_EQ(settings.at("divergence_gap"), "15");
  EXPECT_EQ(FindRecipe("default")->Describe().at("data_noise"), "0.03");
}

TEST(DescribeTest, ARecipeThatDiffersInOneSettingIsDescribedDifferently) {
  const std::function<void(Recipe&)> changes[] = {
      [](Recipe& recipe) { recipe.stem_stride = 2; },
      [](Recipe& recipe) { recipe.learning_rate = std::nextafter(recipe.learning_rate, 1.0); },
      [](Recipe& recipe) { recipe.cosine_decay = true; },
      [](Recipe& recipe) { recipe.keeps_last = true; },
      [](Recipe& recipe) { recipe.density_of_plain_rows = true; },
      [](Recipe& recipe) { recipe.warp.mirrors = true; },
      [](Recipe& recipe) { recipe.jitter.shear = 0.1F; },
      [](Recipe& recipe) {
        recipe.chains.sampler.kernel = MetropolisLangevin{0.1F, 0.01F};
      },
      [](Recipe& recipe) { recipe.chains.sampler.start = ChainStart::kBase; },
      [](Recipe& recipe) { recipe.chains.sampler.start_lower = -2; },
      [](Recipe& recipe) { recipe.chains.sampler.start_upper = 2; },
      [](Recipe& recipe) { recipe.chains.sampler.clamp_lower.reset(); },
      [](Recipe& recipe) { recipe.max_rollbacks = 6; },
      [](Recipe& recipe) { recipe.calibrates = false; },
      [](Recipe& recipe) { recipe.sampler.steps = 21; },
      [](Recipe& recipe) {
        recipe.sampler.kernel = Langevin{0.1F, 0.02F, true};
      },
      [](Recipe& recipe) { recipe.sampler.start = ChainStart::kBuffer; },
      [](Recipe& recipe) { recipe.sampler.clamp_upper.reset(); },
      [](Recipe& recipe) {
        recipe.sampler.kernel = MetropolisLangevin{0.1F, 0.01F};
      },
  };
  const Recipe recipe = *FindRecipe("default");
  for (size_t i = 0; i < std::size(changes); ++i) {
    Recipe changed = recipe;
    changes[i](changed);
    EXPECT_NE(changed.Describe(), recipe.Describe()) << "change " << i;
  }
}

TEST(ValidateTest, APerceptronHasNeitherBlocksNorAStem) {
  Recipe recipe = *FindRecipe("default");
  recipe.blocks_per_group = 3;
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("blocks_per_group is 3"));
  recipe.blocks_per_group = 0;
  recipe.stem_stride = 2;
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("stem_stride 2; family jem_mlp"));
}

TEST(ValidateTest, NoNumberMayBeNaN) {
  static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::function<void(Recipe&)> changes[] = {
      [](Recipe& recipe) { recipe.divergence_gap = kNan; },
      [](Recipe& recipe) { recipe.chains.sampler.start_lower = kNan; },
      [](Recipe& recipe) { recipe.chains.sampler.clamp_upper = kNan; },
      [](Recipe& recipe) { recipe.mirrored_share = kNan; },
      [](Recipe& recipe) { recipe.sampler.kernel = Langevin{.step_size = kNan}; },
  };
  for (size_t i = 0; i < std::size(changes); ++i) {
    Recipe recipe = *FindRecipe("default");
    changes[i](recipe);
    EXPECT_FALSE(recipe.Validate().ok()) << "change " << i;
  }
}

}  // namespace
}  // namespace ebm

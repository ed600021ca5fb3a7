// The small parts of a training run: the optimiser, the order of rows, replayed chains, recipes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/offline/train/adamax.h"
#include "model/offline/train/contrastive_chains.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/row_order.h"
#include "model/offline/train/trainable_model.h"
#include "tests/model/offline/train/tiny_problem.h"
#include "tests/reference/quadratic_energy.h"

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;

TEST(AdamaxTest, FollowsTheAlgorithmOfThePaper) {
  const std::vector<std::vector<float>> gradients = {{1.0F, -2.0F, 0.0F}, {0.5F, 4.0F, -1.0F}, {-3.0F, 0.1F, 0.0F}};
  AdamaxState state{std::vector<float>(3), std::vector<float>(3)};
  std::vector<float> weights = {0.1F, 0.2F, 0.3F};
  std::vector<double> m(3), u(3), expected(weights.begin(), weights.end());
  for (int64_t t = 1; t <= 3; ++t) {
    AdamaxStep(0.01, t, gradients[t - 1], state, weights);
    for (int i = 0; i < 3; ++i) {
      const double g = gradients[t - 1][i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      u[i] = std::max(0.999 * u[i], std::abs(g) + 1e-8);
      expected[i] -= 0.01 / (1 - std::pow(0.9, t)) * m[i] / u[i];
      EXPECT_NEAR(weights[i], expected[i], 1e-6) << "step " << t << " weight " << i;
    }
  }
}

TEST(RowOrderTest, IsAPermutationThatChangesWithSeedAndEpoch) {
  const std::vector<int64_t> order = EpochOrder(1, 0, 100);
  std::vector<int64_t> sorted = order;
  std::ranges::sort(sorted);
  for (int64_t i = 0; i < 100; ++i) EXPECT_EQ(sorted[i], i);
  EXPECT_NE(order, EpochOrder(1, 1, 100));
  EXPECT_NE(order, EpochOrder(2, 0, 100));
  EXPECT_EQ(order, EpochOrder(1, 0, 100));
}

TEST(RowOrderTest, AllOrdersOfThreeAreEquallyLikely) {
  constexpr int kTrials = 6000;
  std::map<std::vector<int64_t>, int> counts;
  for (uint32_t epoch = 0; epoch < kTrials; ++epoch) ++counts[EpochOrder(11, epoch, 3)];
  ASSERT_EQ(counts.size(), 6U);
  double chi_square = 0;
  for (const auto& [order, count] : counts) chi_square += std::pow(count - kTrials / 6.0, 2) / (kTrials / 6.0);
  EXPECT_LT(chi_square, 43.2);  // the 1 - 1e-7 quantile at 5 degrees of freedom
}

TEST(RowOrderTest, RowsAreHeldOutInAnOrderOfItsOwn) {
  for (uint32_t epoch = 0; epoch < 10; ++epoch) EXPECT_NE(HoldOutOrder(1, 100), EpochOrder(1, epoch, 100));
}

ChainRecipe Replaying() { return {.sampler = {.steps = 1}, .buffer_size = 20, .refresh_probability = 0.0}; }

TEST(ContrastiveChainsTest, FreshChainsStartInTheBoxAndRememberNoSlot) {
  ChainRecipe recipe = Replaying();
  recipe.buffer_size = 0;
  recipe.sampler.start_lower = 2.0F;
  recipe.sampler.start_upper = 3.0F;
  const ChainStarts starts = DrawStarts(recipe, {}, 1, {.chains = WholeShare(8), .slots = {}}, 4);
  EXPECT_TRUE(starts.slots.empty());
  EXPECT_THAT(starts.states.values(), Each(::testing::AllOf(Ge(2.0F), ::testing::Le(3.0F))));
}

TEST(ContrastiveChainsTest, ReplayedChainsStartWhereTheyEnded) {
  const ChainRecipe recipe = Replaying();
  ReplayBuffer buffer = ReplayBuffer::Uniform(recipe, 4, 9);
  const ChainStarts starts =
      DrawStarts(recipe, buffer, 1, {.chains = WholeShare(8), .slots = WholeShare(buffer.states.rows())}, 4);
  ASSERT_EQ(starts.slots.size(), 8U);
  for (int64_t i = 0; i < 8; ++i) {
    EXPECT_TRUE(std::ranges::equal(starts.states.row(i), buffer.states.row(starts.slots[i])));
  }
  MatrixBuffer ends(8, 4);
  std::ranges::fill(ends.view().values(), 0.25F);
  StoreEnds(starts.slots, ends.view(), buffer);
  EXPECT_THAT(buffer.states.row(starts.slots[3]), Each(0.25F));
}

TEST(ContrastiveChainsTest, AllChainsStartAnewAtRefreshProbabilityOne) {
  ChainRecipe recipe = Replaying();
  recipe.refresh_probability = 1.0;
  const ReplayBuffer buffer = ReplayBuffer::Uniform(recipe, 4, 9);
  const ChainStarts starts =
      DrawStarts(recipe, buffer, 1, {.chains = WholeShare(8), .slots = WholeShare(buffer.states.rows())}, 4);
  for (int64_t i = 0; i < 8; ++i) {
    EXPECT_FALSE(std::ranges::equal(starts.states.row(i), buffer.states.row(starts.slots[i])));
  }
}

// With this step size plain chains diverge; Metropolis chains stay where the density is.
TEST(ContrastiveChainsTest, MetropolisChainsKeepTheirTarget) {
  const reference::QuadraticEnergy energy({1.0F, 2.0F}, {0.0F, 0.0F});
  ChainRecipe recipe{.sampler = {.steps = 60, .kernel = Langevin{.step_size = 4.0F, .noise_scale = std::sqrt(8.0F)}}};
  MatrixBuffer starts(16, 2);
  double acceptance = 0;
  RowWorkers alone(1);
  const auto farthest = [&] {
    const ChainRun run = *RunChains(energy, recipe, {.seed = 5}, starts.view(), alone);
    acceptance = run.acceptance;
    float largest = 0;
    for (const float value : run.ends.values()) largest = std::max(largest, std::abs(value));
    return largest;
  };
  EXPECT_GT(farthest(), 1e6F);
  EXPECT_EQ(acceptance, 1);
  recipe.sampler.kernel = MetropolisLangevin{.step_size = 4.0F, .noise_scale = std::sqrt(8.0F)};
  EXPECT_LT(farthest(), 6.0F);  // six standard deviations of the wider coordinate
  EXPECT_GT(acceptance, 0);
  EXPECT_LT(acceptance, 1);
}

TEST(ContrastiveChainsTest, EndsThatAreNotFiniteDoNotEnterTheBuffer) {
  ReplayBuffer buffer = ReplayBuffer::Uniform(Replaying(), 4, 9);
  const std::vector<float> before = buffer.states.values();
  MatrixBuffer ends(1, 4);
  ends.row(0)[2] = std::numeric_limits<float>::quiet_NaN();
  StoreEnds({5}, ends.view(), buffer);
  EXPECT_EQ(buffer.states.values(), before);
}

TEST(RecipeTest, KnownRecipesAreValidAndNamed) {
  for (const char* name : {"default", "density", "density_resnet", "density_resnet_small", "notebook", "table"}) {
    const absl::StatusOr<Recipe> recipe = FindRecipe(name);
    ASSERT_TRUE(recipe.ok()) << recipe.status();
    EXPECT_EQ(recipe->name, name);
    EXPECT_TRUE(recipe->Validate().ok()) << recipe->Validate();
  }
}

TEST(RecipeTest, UnknownRecipeNamesTheKnownOnes) {
  EXPECT_THAT(std::string(FindRecipe("best").status().message()),
              HasSubstr("the known ones are: boltzmann, class_rbm, default, density, density_resnet, "
                        "density_resnet_small, gaussian_rbm, notebook, rbm, table"));
}

TEST(RecipeTest, OnlyAPerceptronsRecipeTakesAnotherFamily) {
  Recipe recipe = *FindRecipe("density");
  const SamplerSettings sampler = recipe.sampler;
  ASSERT_TRUE(UseFamily(ResnetSpec::kFamily, recipe).ok());
  EXPECT_EQ(recipe.family, ResnetSpec::kFamily);
  EXPECT_TRUE(recipe.Validate().ok());
  EXPECT_EQ(recipe.sampler, sampler) << "its chains are the base's, whatever the network";
  EXPECT_THAT(std::string(UseFamily(MlpSpec::kFamily, recipe).message()),
              HasSubstr("recipe density supports only jem_resnet"));
  ASSERT_TRUE(UseBase(kGaussianBase, recipe).ok());
  EXPECT_EQ(recipe.base, kGaussianBase);
  EXPECT_TRUE(recipe.Validate().ok());
  EXPECT_EQ(recipe.base_evidence, 0) << "one Gaussian has no opinion of the class";
  Recipe plain = *FindRecipe("default");
  EXPECT_THAT(std::string(UseBase(kGaussianBase, plain).message()), HasSubstr("has a model without one"));
  ASSERT_TRUE(UseFamily(ResnetSpec::kFamily, plain).ok());
  EXPECT_EQ(MotionOf(plain.sampler.kernel).step_size, 1.0F);
}

TEST(RecipeTest, MapsArePartOfTheDescription) {
  const auto settings = FindRecipe("density_resnet_small")->Describe();
  EXPECT_THAT(settings.at("density_jitter"), HasSubstr("rotation 0.1"));
  EXPECT_THAT(FindRecipe("density_resnet")->Describe().at("warp"), HasSubstr("deformation 2"));
  EXPECT_EQ(FindRecipe("density")->Describe().count("density_jitter"), 0);
}

TEST(RecipeTest, MadeRowsLeaveRoomForChains) {
  Recipe recipe = *FindRecipe("density_resnet");
  recipe.mirrored_share = 0.5;
  recipe.warped_share = 0.5;
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("warped_share is 0.5; 0 to 0.4 is allowed"));
  recipe = *FindRecipe("default");
  recipe.warped_share = 0.1;
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("density_of_plain_rows is not set"));
  recipe.warped_share = 0;
  recipe.density_jitter.shift = 0.5F;
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("density_of_plain_rows is not set"));
}

TEST(RecipeTest, MetropolisChainsNeedNoise) {
  Recipe recipe = *FindRecipe("default");
  recipe.chains.sampler.kernel = MetropolisLangevin();
  EXPECT_TRUE(recipe.Validate().ok());
  recipe.chains.sampler.kernel = MetropolisLangevin{.noise_scale = 0};
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("chain_noise_scale is 0"));
}

TEST(RecipeTest, RefusesSettingsOutsideTheirLimitsByName) {
  Recipe recipe = *FindRecipe("notebook");
  recipe.learning_rate = -1;
  EXPECT_THAT(std::string(recipe.Validate().message()), HasSubstr("learning_rate is -1"));
  recipe.learning_rate = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(recipe.Validate().ok());
}

}  // namespace
}  // namespace ebm

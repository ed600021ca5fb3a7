#include "model/offline/evaluation/model_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "model/sampler/chain_start.h"
#include "model/sampler/langevin.h"
#include "model/sampler/metropolis_langevin.h"
#include "tests/reference/quadratic_energy.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAreArray;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

const reference::QuadraticEnergy kModel({1.0F, 4.0F, 0.5F}, {0.5F, -1.0F, 2.0F});

Checkpoint WithSampler(const SamplerSettings& sampler) {
  Checkpoint checkpoint;
  checkpoint.sampler = sampler;
  return checkpoint;
}

// Runs every chain separately.
MatrixBuffer SlowSamples(const SamplerSettings& sampler, const TransitionKernel& kernel, int64_t count, uint64_t seed) {
  MatrixBuffer ends(count, 3);
  FillUniformStart(seed, 0, sampler.start_lower, sampler.start_upper, ends.view());
  for (int64_t i = 0; i < count; ++i) {
    ChainBatch chain(1, 3);
    chain.Set(0, {.seed = seed, .chain = static_cast<uint32_t>(i), .sampler = sampler}, 0, ends.row(i), {});
    for (uint32_t step = 0; step < sampler.steps; ++step) kernel.Step(chain);
    std::ranges::copy(chain.states().row(0), ends.row(i).begin());
  }
  return ends;
}

TEST(DrawSamplesTest, ChainsAreThoseOfTheDefaultsOneByOne) {
  const SamplerSettings sampler = {
      .steps = 9, .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.3F, .final_noise_free_step = true}};
  const ModelSamples samples = *DrawSamples(WithSampler(sampler), kModel, 70, 5, 3);
  EXPECT_EQ(samples.diverged, 0);
  EXPECT_THAT(samples.states.values(), ElementsAreArray(SlowSamples(sampler, LangevinKernel(kModel), 70, 5).values()));
}

TEST(DrawSamplesTest, MetropolisDefaultsAcceptOrRefuse) {
  const SamplerSettings sampler = {.steps = 9, .kernel = MetropolisLangevin{.step_size = 0.3F, .noise_scale = 0.8F}};
  EXPECT_THAT(DrawSamples(WithSampler(sampler), kModel, 40, 6, 1)->states.values(),
              ElementsAreArray(SlowSamples(sampler, MetropolisLangevinKernel(kModel), 40, 6).values()));
}

TEST(DrawSamplesTest, HoldsTheClamp) {
  const SamplerSettings sampler = {.steps = 5,
                                   .kernel = Langevin{.step_size = 0.1F, .noise_scale = 1.0F},
                                   .clamp_lower = -0.25F,
                                   .clamp_upper = 0.5F};
  EXPECT_THAT(DrawSamples(WithSampler(sampler), kModel, 40, 1, 1)->states.values(), Each(AllOf(Ge(-0.25F), Le(0.5F))));
}

TEST(DrawSamplesTest, StartsFromStoredStates) {
  Checkpoint checkpoint =
      WithSampler({.steps = 1, .kernel = Langevin{.step_size = 1e-9F, .noise_scale = 0}, .start = ChainStart::kBuffer});
  checkpoint.start_states = {7, 8, 9};
  checkpoint.start_classes = {0};
  EXPECT_THAT(DrawSamples(checkpoint, kModel, 1, 1, 1)->states.values(),
              ElementsAreArray(
                  {::testing::FloatNear(7, 1e-5F), ::testing::FloatNear(8, 1e-5F), ::testing::FloatNear(9, 1e-5F)}));
}

TEST(DrawSamplesTest, LeavesOutChainsThatDiverge) {
  Checkpoint checkpoint = WithSampler(
      {.steps = 400, .kernel = Langevin{.step_size = 3.0F, .noise_scale = 0}, .start = ChainStart::kBuffer});
  checkpoint.start_states = {0.5F, -1, 2, 1e30F, 0, 0};  // the mode, where a chain stays, and a state that diverges
  checkpoint.start_classes = {0, 0};
  const ModelSamples samples = *DrawSamples(checkpoint, kModel, 50, 1, 1);
  EXPECT_GT(samples.diverged, 0);
  EXPECT_EQ(samples.states.rows() + samples.diverged, 50);
  for (int64_t i = 0; i < samples.states.rows(); ++i)
    EXPECT_THAT(samples.states.row(i), ElementsAreArray({0.5F, -1.0F, 2.0F}));
}

TEST(DrawSamplesTest, SaysWhyThereAreNone) {
  const auto message = [](const SamplerSettings& sampler) {
    const absl::Status status = DrawSamples(WithSampler(sampler), kModel, 4, 1, 1).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_THAT(message({.steps = 400, .kernel = Langevin{.step_size = 100.0F}}), HasSubstr("all 4 chains diverged"));
  EXPECT_THAT(message({.start = ChainStart::kBuffer}), HasSubstr("start_from_buffer"));
  EXPECT_THAT(message({.start = ChainStart::kBase}), HasSubstr("start_from_base"));
}

}  // namespace
}  // namespace ebm

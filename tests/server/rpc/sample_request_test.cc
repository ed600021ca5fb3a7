#include "server/rpc/sample_request.h"

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/resolved_request.h"
#include "tests/server/rpc/test_model.h"

namespace ebm::rpc {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ResolveSampleRequestTest, UnsetFieldsTakeTheCheckpointsDefaults) {
  const auto resolved = Resolve(Chains(2));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->seed, kDefaultSeed);
  EXPECT_EQ(resolved->settings.steps(), 5);
  EXPECT_EQ(resolved->settings.step_size(), 0.1F);
  EXPECT_EQ(resolved->settings.noise_scale(), 0.2F);
  EXPECT_EQ(resolved->settings.clamp().lower(), 0);
  EXPECT_EQ(resolved->settings.clamp().upper(), 4);
  EXPECT_FALSE(resolved->settings.no_clamp());
  EXPECT_TRUE(resolved->settings.has_final_noise_free_step());
  EXPECT_EQ(resolved->settings.start(), v1::CHAIN_START_UNIFORM);
  EXPECT_EQ(resolved->task.settings.clamp_lower, -1);
  EXPECT_EQ(resolved->task.settings.clamp_upper, 1);
  EXPECT_EQ(resolved->task.settings.target_class, kNoClass);
  EXPECT_EQ(resolved->task.states, MakeTestModel()->UniformStart(kDefaultSeed, 2));
  EXPECT_THAT(resolved->task.free_coordinates, IsEmpty());
}

TEST(ResolveSampleRequestTest, SetFieldsOverrideTheDefaults) {
  v1::SampleRequest request = Chains(3);
  request.set_seed(5);
  request.set_target_class(2);
  request.set_frame_interval(4);
  request.set_priority(v1::PRIORITY_HIGH);
  request.mutable_sampler()->set_steps(20);
  request.mutable_sampler()->set_step_size(0.5F);
  request.mutable_sampler()->set_noise_scale(0);
  request.mutable_sampler()->set_final_noise_free_step(true);
  request.mutable_sampler()->mutable_clamp()->set_lower(1);
  request.mutable_sampler()->mutable_clamp()->set_upper(3);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const batching::SampleTask& task = resolved->task;
  EXPECT_EQ(task.chains, 3);
  EXPECT_EQ(task.steps, 20);
  EXPECT_EQ(task.frame_interval, 4);
  EXPECT_EQ(task.settings.seed, 5);
  EXPECT_EQ(task.settings.target_class, 2);
  EXPECT_EQ(task.settings.step_size, 0.5F);
  EXPECT_EQ(task.settings.noise_scale, 0);
  EXPECT_EQ(task.settings.clamp_lower, -0.5F);
  EXPECT_EQ(task.settings.clamp_upper, 0.5F);
  EXPECT_EQ(task.settings.noise_free_step, 19);
}

TEST(ResolveSampleRequestTest, MetropolisTurnsOffTheDefaultNoiseFreeStep) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.sampler.kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.2F, .final_noise_free_step = true};
  v1::SampleRequest request = Chains(1);
  EXPECT_FALSE(Resolve(request, checkpoint)->task.settings.metropolis);
  EXPECT_TRUE(Resolve(request, checkpoint)->settings.final_noise_free_step());
  request.mutable_sampler()->set_metropolis(true);
  const auto resolved = Resolve(request, checkpoint);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_TRUE(resolved->settings.metropolis());
  EXPECT_TRUE(resolved->task.settings.metropolis);
  EXPECT_FALSE(resolved->settings.final_noise_free_step());
}

TEST(ResolveSampleRequestTest, NoClampRemovesTheDefaultClamp) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_no_clamp(true);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_FALSE(resolved->settings.has_clamp());
  EXPECT_TRUE(resolved->settings.no_clamp());
  EXPECT_EQ(resolved->task.settings.clamp_upper, std::numeric_limits<float>::infinity());
}

TEST(ResolveSampleRequestTest, ANegativeScaleSwapsTheClampsBounds) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.scaling = {.scale = -0.5F, .offset = 1.0F};
  const auto resolved = Resolve(Chains(1), checkpoint);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.clamp().lower(), 0);
  EXPECT_EQ(resolved->settings.clamp().upper(), 4);
  EXPECT_EQ(resolved->task.settings.clamp_lower, -1);
  EXPECT_EQ(resolved->task.settings.clamp_upper, 1);
}

// Scaling rounds, so the default clamp in data units may scale back to a different float.
TEST(ResolveSampleRequestTest, ARequestMadeFromTheReportedSettingsIsTheSame) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.scaling = {.scale = 2.0F / 17, .offset = -1.0F};
  checkpoint.sampler.clamp_lower = -0.987654F;
  checkpoint.sampler.clamp_upper = 0.123457F;
  const auto first = Resolve(Chains(1), checkpoint);
  ASSERT_TRUE(first.ok()) << first.status();
  v1::SampleRequest again = Chains(1);
  again.set_seed(first->seed);
  *again.mutable_sampler() = first->settings;
  const auto second = Resolve(again, checkpoint);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->task.settings.clamp_lower, first->task.settings.clamp_lower);
  EXPECT_EQ(second->task.settings.clamp_upper, first->task.settings.clamp_upper);
  EXPECT_EQ(second->task.states, first->task.states);
}

TEST(ResolveSampleRequestTest, StartStatesImplyAGivenStart) {
  v1::SampleRequest request = Chains(2);
  *request.mutable_start_states() = FloatTensor({2, 4}, {0, 0, 0, 0, 4, 4, 4, 4});
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.start(), v1::CHAIN_START_GIVEN);
  EXPECT_THAT(resolved->task.states, ElementsAre(-1, -1, -1, -1, 1, 1, 1, 1));
}

TEST(ResolveSampleRequestTest, OneStartStateServesAllChains) {
  v1::SampleRequest request = Chains(3);
  request.mutable_sampler()->set_start(v1::CHAIN_START_GIVEN);
  *request.mutable_start_states() = ByteTensor({1, 2, 2}, "\x04\x04\x04\x04");
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->task.states.size(), 12);
  EXPECT_THAT(resolved->task.states, Each(1));
}

TEST(ResolveSampleRequestTest, BufferStartsAreOfTheTargetClass) {
  v1::SampleRequest request = Chains(2);
  request.mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
  request.set_target_class(2);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_THAT(resolved->task.states, Each(0.25F));
}

TEST(ResolveSampleRequestTest, TheCheckpointMayStartFromItsBuffer) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.sampler.start = ChainStart::kBuffer;
  const auto resolved = Resolve(Chains(2), checkpoint);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.start(), v1::CHAIN_START_BUFFER);
}

TEST(ResolveSampleRequestTest, TheTemperatureDeterminesTheNoiseScale) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_step_size(0.02F);
  request.mutable_sampler()->set_temperature(4);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_FLOAT_EQ(resolved->settings.noise_scale(), 0.4F);
  EXPECT_FALSE(resolved->settings.has_temperature());
}

TEST(ResolveSampleRequestTest, TheCheckpointMayUseMetropolisByDefault) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.sampler.kernel = MetropolisLangevin{.step_size = 0.1F, .noise_scale = 0.2F};
  EXPECT_TRUE(Resolve(Chains(1), checkpoint)->settings.metropolis());
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_metropolis(false);
  EXPECT_FALSE(Resolve(request, checkpoint)->settings.metropolis());
}

TEST(ResolveSampleRequestTest, HeldCoordinatesAreNotFree) {
  v1::SampleRequest request = Chains(1);
  *request.mutable_held_coordinates() = ByteTensor({2, 2}, std::string("\x01\x00\x00\x01", 4));
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_THAT(resolved->task.free_coordinates, ElementsAre(0, 1, 1, 0));
}

TEST(ResolveSampleRequestTest, AcceptsValuesAtTheLimits) {
  v1::SampleRequest request = Chains(6);
  request.mutable_sampler()->set_steps(50);
  EXPECT_TRUE(Resolve(request).ok());
  request.set_chains(3);
  request.mutable_sampler()->set_steps(100);
  EXPECT_TRUE(Resolve(request).ok());
}

TEST(ResolveSampleRequestTest, ABufferStartNeedsStoredStates) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.start_states.clear();
  checkpoint.start_classes.clear();
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
  const auto resolved = Resolve(request, checkpoint);
  EXPECT_EQ(resolved.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(resolved.status().message()), HasSubstr("holds no states to start from"));
}

TEST(ResolveSampleRequestTest, AModelWithoutABaseCannotStartFromIt) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_start(v1::CHAIN_START_BASE);
  const auto resolved = Resolve(request);
  EXPECT_EQ(resolved.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(resolved.status().message()), HasSubstr("has no base density to start from"));
}

}  // namespace
}  // namespace ebm::rpc

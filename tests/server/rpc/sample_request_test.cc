#include "server/rpc/sample_request.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "proto/convert/sampler.h"
#include "server/catalog/model_chain_settings.h"
#include "tests/server/rpc/resolved_request.h"
#include "tests/server/rpc/test_model.h"

namespace ebm::rpc {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ChainSettings& FirstChain(const ResolvedSample& sample) {
  return static_cast<const catalog::ModelChainSettings&>(*sample.task.settings).first();
}

TEST(ResolveSampleRequestTest, UnsetFieldsTakeTheCheckpointsDefaults) {
  const auto resolved = Resolve(Chains(2));
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->seed, kDefaultSeed);
  EXPECT_EQ(resolved->settings, (SamplerSettings{.steps = 5,
                                                 .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.2F},
                                                 .clamp_lower = 0.0F,
                                                 .clamp_upper = 4.0F}));
  const ChainSettings& first = FirstChain(*resolved);
  EXPECT_EQ(first.seed, kDefaultSeed);
  EXPECT_EQ(first.chain, 0);
  EXPECT_EQ(first.target_class, kNoClass);
  EXPECT_EQ(first.sampler.clamp_lower, -1);
  EXPECT_EQ(first.sampler.clamp_upper, 1);
  EXPECT_THAT(resolved->task.states, IsEmpty());  // the engine draws them
  EXPECT_THAT(resolved->task.free_coordinates, IsEmpty());
}

TEST(ResolveSampleRequestTest, SetFieldsOverrideTheDefaults) {
  v1::SampleRequest request = Chains(3);
  request.set_seed(5);
  request.set_target_class(2);
  request.set_frame_interval(4);
  request.set_priority(v1::PRIORITY_HIGH);
  request.mutable_sampler()->set_steps(20);
  request.mutable_sampler()->mutable_langevin()->set_step_size(0.5F);
  request.mutable_sampler()->mutable_langevin()->set_noise_scale(0);
  request.mutable_sampler()->mutable_langevin()->set_final_noise_free_step(true);
  request.mutable_sampler()->mutable_clamp()->set_lower(1);
  request.mutable_sampler()->mutable_clamp()->set_upper(3);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const batching::SampleTask& task = resolved->task;
  EXPECT_EQ(task.chains, 3);
  EXPECT_EQ(task.steps, 20);
  EXPECT_EQ(task.frame_interval, 4);
  const ChainSettings& first = FirstChain(*resolved);
  EXPECT_EQ(first.seed, 5);
  EXPECT_EQ(first.target_class, 2);
  EXPECT_EQ(first.sampler.kernel, KernelSettings(Langevin{0.5F, 0, true}));
  EXPECT_EQ(first.sampler.clamp_lower, -0.5F);
  EXPECT_EQ(first.sampler.clamp_upper, 0.5F);
}

TEST(ResolveSampleRequestTest, AnEmptyClampRemovesTheDefaultClamp) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->mutable_clamp();
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_FALSE(resolved->settings.clamp_lower || resolved->settings.clamp_upper);
  EXPECT_FALSE(FirstChain(*resolved).sampler.clamp_upper.has_value());
}

TEST(ResolveSampleRequestTest, ANegativeScaleSwapsTheClampsBounds) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.scaling = {.scale = -0.5F, .offset = 1.0F};
  const auto resolved = Resolve(Chains(1), checkpoint);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.clamp_lower, 0);
  EXPECT_EQ(resolved->settings.clamp_upper, 4);
  EXPECT_EQ(FirstChain(*resolved).sampler.clamp_lower, -1);
  EXPECT_EQ(FirstChain(*resolved).sampler.clamp_upper, 1);
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
  *again.mutable_sampler() = ToProto(first->settings);
  const auto second = Resolve(again, checkpoint);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(FirstChain(*second).sampler, FirstChain(*first).sampler);
  EXPECT_EQ(second->task.states, first->task.states);
}

TEST(ResolveSampleRequestTest, StartStatesImplyAGivenStart) {
  v1::SampleRequest request = Chains(2);
  *request.mutable_start_states() = FloatTensor({2, 4}, {0, 0, 0, 0, 4, 4, 4, 4});
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.start, ChainStart::kGiven);
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
  EXPECT_EQ(resolved->settings.start, ChainStart::kBuffer);
}

TEST(ResolveSampleRequestTest, ChainsAreCountedFromTheFirst) {
  v1::SampleRequest half = Chains(2);
  half.set_seed(5);
  half.set_first_chain(3);
  EXPECT_EQ(FirstChain(*Resolve(half)).chain, 3);
}

TEST(ResolveSampleRequestTest, ChainsContinueFromGivenStates) {
  v1::SampleRequest request = Chains(1);
  request.set_seed(5);
  request.set_first_step(40);
  request.mutable_sampler()->set_steps(100);
  request.set_state_units(v1::STATE_UNITS_SCALED);
  request.set_include_diagnostics(true);
  *request.mutable_start_states() = FloatTensor({1, 4}, {0.1F, 0.2F, -0.0F, 0.7F});
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->task.first_step, 40);
  EXPECT_EQ(resolved->task.steps, 100);
  EXPECT_EQ(TraceWindowOf(resolved->task)->first, 71);
  EXPECT_THAT(resolved->task.states, ElementsAre(0.1F, 0.2F, -0.0F, 0.7F)) << "scaled states are taken as they are";
  EXPECT_TRUE(std::signbit(resolved->task.states[2]));
}

TEST(ResolveSampleRequestTest, AModelWithoutABaseCannotAnneal) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->mutable_annealed_langevin();
  request.mutable_sampler()->mutable_clamp();
  const auto resolved = Resolve(request);
  EXPECT_EQ(resolved.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(resolved.status().message()), HasSubstr("annealed chains need a base density"));
}

v1::SampleRequest Recorded(const std::string& name) {
  v1::SampleRequest request;
  const std::string bytes = *ReadFileBytes(absl::StrCat(EBM_RECORDED_MESSAGES, "/", name, "_request.binpb"));
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

// The requests of tests/proto/recorded: later servers do what they say.
TEST(ResolveSampleRequestTest, RecordedRequestsAreDoneAsRecorded) {
  const ResolvedSample langevin = *Resolve(Recorded("sample_langevin"));
  EXPECT_EQ(langevin.settings,
            (SamplerSettings{
                .steps = 20, .kernel = Langevin{0.125F, 0.25F, true}, .clamp_lower = 1.0F, .clamp_upper = 3.0F}));
  EXPECT_EQ(FirstChain(langevin).chain, 3);
  const ResolvedSample metropolis = *Resolve(Recorded("sample_metropolis"));
  EXPECT_EQ(metropolis.settings,
            (SamplerSettings{.steps = 5, .kernel = MetropolisLangevin{0.125F, 0.5F, 4}, .start = ChainStart::kBuffer}));
  const ResolvedSample continued = *Resolve(Recorded("sample_continued"));
  EXPECT_EQ(continued.settings.kernel, KernelSettings(MetropolisLangevin{0.1F, NoiseScaleAt(1, 0.1F)}));
  EXPECT_EQ(continued.task.first_step, 10);
  EXPECT_THAT(continued.task.states, ElementsAre(0, 0.25F, 0.5F, 0.75F));
  EXPECT_EQ(Resolve(Recorded("sample_annealed")).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Resolve(Recorded("sample_temperature"))->settings.kernel,
            KernelSettings(Langevin{0.1F, NoiseScaleAt(0.5, 0.1F)}));
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

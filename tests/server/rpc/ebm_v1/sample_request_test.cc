#include "server/inference/sample_plan.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "proto/convert/sampler.h"
#include "server/catalog/model_chain_settings.h"
#include "tests/server/rpc/ebm_v1/planned_request.h"
#include "tests/server/rpc/ebm_v1/test_model.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ChainSettings& FirstChain(const inference::SamplePlan& sample) {
  return static_cast<const catalog::ModelChainSettings&>(*sample.task.settings).first();
}

TEST(SampleRequestTest, UnsetFieldsTakeTheCheckpointsDefaults) {
  const auto plan = Plan(Chains(2));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->seed, kDefaultSeed);
  EXPECT_EQ(plan->settings, (SamplerSettings{.steps = 5,
                                             .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.2F},
                                             .clamp_lower = 0.0F,
                                             .clamp_upper = 4.0F}));
  const ChainSettings& first = FirstChain(*plan);
  EXPECT_EQ(first.seed, kDefaultSeed);
  EXPECT_EQ(first.chain, 0);
  EXPECT_EQ(first.target_class, kNoClass);
  EXPECT_EQ(first.sampler.clamp_lower, -1);
  EXPECT_EQ(first.sampler.clamp_upper, 1);
  EXPECT_THAT(plan->task.states, IsEmpty());  // the engine draws them
  EXPECT_THAT(plan->task.free_coordinates, IsEmpty());
}

TEST(SampleRequestTest, SetFieldsOverrideTheDefaults) {
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
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const batching::SampleTask& task = plan->task;
  EXPECT_EQ(task.chains, 3);
  EXPECT_EQ(task.steps, 20);
  EXPECT_EQ(task.frame_interval, 4);
  const ChainSettings& first = FirstChain(*plan);
  EXPECT_EQ(first.seed, 5);
  EXPECT_EQ(first.target_class, 2);
  EXPECT_EQ(first.sampler.kernel, KernelSettings(Langevin{0.5F, 0, true}));
  EXPECT_EQ(first.sampler.clamp_lower, -0.5F);
  EXPECT_EQ(first.sampler.clamp_upper, 0.5F);
}

TEST(SampleRequestTest, AnEmptyClampRemovesTheDefaultClamp) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->mutable_clamp();
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->settings.clamp_lower || plan->settings.clamp_upper);
  EXPECT_FALSE(FirstChain(*plan).sampler.clamp_upper.has_value());
}

TEST(SampleRequestTest, ANegativeScaleSwapsTheClampsBounds) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.columns.front().scaling = {.scale = -0.5F, .offset = 1.0F};
  const auto plan = Plan(Chains(1), checkpoint);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->settings.clamp_lower, 0);
  EXPECT_EQ(plan->settings.clamp_upper, 4);
  EXPECT_EQ(FirstChain(*plan).sampler.clamp_lower, -1);
  EXPECT_EQ(FirstChain(*plan).sampler.clamp_upper, 1);
}

// Scaling rounds, so the default clamp in data units may scale back to a different float.
TEST(SampleRequestTest, ARequestMadeFromTheReportedSettingsIsTheSame) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.columns.front().scaling = {.scale = 2.0F / 17, .offset = -1.0F};
  checkpoint.sampler.clamp_lower = -0.987654F;
  checkpoint.sampler.clamp_upper = 0.123457F;
  const auto first = Plan(Chains(1), checkpoint);
  ASSERT_TRUE(first.ok()) << first.status();
  v1::SampleRequest again = Chains(1);
  again.set_seed(first->seed);
  *again.mutable_sampler() = ToProto(first->settings);
  const auto second = Plan(again, checkpoint);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(FirstChain(*second).sampler, FirstChain(*first).sampler);
  EXPECT_EQ(second->task.states, first->task.states);
}

TEST(SampleRequestTest, StartStatesImplyAGivenStart) {
  v1::SampleRequest request = Chains(2);
  *request.mutable_start_states() = FloatTensor({2, 4}, {0, 0, 0, 0, 4, 4, 4, 4});
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->settings.start, ChainStart::kGiven);
  EXPECT_THAT(plan->task.states, ElementsAre(-1, -1, -1, -1, 1, 1, 1, 1));
}

TEST(SampleRequestTest, OneStartStateServesAllChains) {
  v1::SampleRequest request = Chains(3);
  request.mutable_sampler()->set_start(v1::CHAIN_START_GIVEN);
  *request.mutable_start_states() = ByteTensor({1, 2, 2}, "\x04\x04\x04\x04");
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->task.states.size(), 12);
  EXPECT_THAT(plan->task.states, Each(1));
}

TEST(SampleRequestTest, BufferStartsAreOfTheTargetClass) {
  v1::SampleRequest request = Chains(2);
  request.mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
  request.set_target_class(2);
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->task.states, Each(0.25F));
}

TEST(SampleRequestTest, TheCheckpointMayStartFromItsBuffer) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.sampler.start = ChainStart::kBuffer;
  const auto plan = Plan(Chains(2), checkpoint);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->settings.start, ChainStart::kBuffer);
}

TEST(SampleRequestTest, ChainsAreCountedFromTheFirst) {
  v1::SampleRequest half = Chains(2);
  half.set_seed(5);
  half.set_first_chain(3);
  EXPECT_EQ(FirstChain(*Plan(half)).chain, 3);
}

TEST(SampleRequestTest, ChainsContinueFromGivenStates) {
  v1::SampleRequest request = Chains(1);
  request.set_seed(5);
  request.set_first_step(40);
  request.mutable_sampler()->set_steps(100);
  request.set_state_units(v1::STATE_UNITS_SCALED);
  request.set_include_diagnostics(true);
  *request.mutable_start_states() = FloatTensor({1, 4}, {0.1F, 0.2F, -0.0F, 0.7F});
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->task.first_step, 40);
  EXPECT_EQ(plan->task.steps, 100);
  EXPECT_EQ(TraceWindowOf(plan->task)->first, 71);
  EXPECT_THAT(plan->task.states, ElementsAre(0.1F, 0.2F, -0.0F, 0.7F)) << "scaled states are taken as they are";
  EXPECT_TRUE(std::signbit(plan->task.states[2]));
}

TEST(SampleRequestTest, AModelWithoutABaseCannotAnneal) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->mutable_annealed_langevin();
  request.mutable_sampler()->mutable_clamp();
  const auto plan = Plan(request);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(plan.status().message()), HasSubstr("annealed chains need a base density"));
}

v1::SampleRequest Recorded(const std::string& name) {
  v1::SampleRequest request;
  const std::string bytes = *ReadFileBytes(absl::StrCat(EBM_RECORDED_MESSAGES, "/", name, "_request.binpb"));
  EXPECT_TRUE(request.ParseFromString(bytes));
  return request;
}

// The requests of tests/proto/recorded: later servers do what they say.
TEST(SampleRequestTest, RecordedRequestsAreDoneAsRecorded) {
  const inference::SamplePlan langevin = *Plan(Recorded("sample_langevin"));
  EXPECT_EQ(langevin.settings,
            (SamplerSettings{
                .steps = 20, .kernel = Langevin{0.125F, 0.25F, true}, .clamp_lower = 1.0F, .clamp_upper = 3.0F}));
  EXPECT_EQ(FirstChain(langevin).chain, 3);
  const inference::SamplePlan metropolis = *Plan(Recorded("sample_metropolis"));
  EXPECT_EQ(metropolis.settings,
            (SamplerSettings{.steps = 5, .kernel = MetropolisLangevin{0.125F, 0.5F, 4}, .start = ChainStart::kBuffer}));
  const inference::SamplePlan continued = *Plan(Recorded("sample_continued"));
  EXPECT_EQ(continued.settings.kernel, KernelSettings(MetropolisLangevin{0.1F, NoiseScaleAt(1, 0.1F)}));
  EXPECT_EQ(continued.task.first_step, 10);
  EXPECT_THAT(continued.task.states, ElementsAre(0, 0.25F, 0.5F, 0.75F));
  EXPECT_EQ(Plan(Recorded("sample_annealed")).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Plan(Recorded("sample_temperature"))->settings.kernel,
            KernelSettings(Langevin{0.1F, NoiseScaleAt(0.5, 0.1F)}));
}

TEST(SampleRequestTest, HeldCoordinatesAreNotFree) {
  v1::SampleRequest request = Chains(1);
  *request.mutable_held_coordinates() = ByteTensor({2, 2}, std::string("\x01\x00\x00\x01", 4));
  const auto plan = Plan(request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->task.free_coordinates, ElementsAre(0, 1, 1, 0));
}

TEST(SampleRequestTest, AcceptsValuesAtTheLimits) {
  v1::SampleRequest request = Chains(6);
  request.mutable_sampler()->set_steps(50);
  EXPECT_TRUE(Plan(request).ok());
  request.set_chains(3);
  request.mutable_sampler()->set_steps(100);
  EXPECT_TRUE(Plan(request).ok());
}

TEST(SampleRequestTest, ABufferStartNeedsStoredStates) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.start_states.clear();
  checkpoint.start_classes.clear();
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
  const auto plan = Plan(request, checkpoint);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(plan.status().message()), HasSubstr("holds no states to start from"));
}

TEST(SampleRequestTest, AModelWithoutABaseCannotStartFromIt) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_start(v1::CHAIN_START_BASE);
  const auto plan = Plan(request);
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(plan.status().message()), HasSubstr("has no base density to start from"));
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1

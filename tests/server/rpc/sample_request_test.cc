#include "server/rpc/sample_request.h"

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/test_model.h"

namespace ebm::rpc {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr RequestLimits kLimits = {.max_rows = 8, .max_chains = 6, .max_steps = 100, .max_chain_steps = 300};
constexpr uint64_t kDefaultSeed = 77;

absl::StatusOr<ResolvedSample> Resolve(const v1::SampleRequest& request,
                                       Checkpoint checkpoint = QuadraticCheckpoint()) {
  return ResolveSampleRequest(request, *MakeTestModel(std::move(checkpoint)), kLimits, kDefaultSeed);
}

v1::SampleRequest Chains(uint32_t chains) {
  v1::SampleRequest request;
  request.set_chains(chains);
  return request;
}

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

TEST(ResolveSampleRequestTest, SetFieldsWin) {
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

TEST(ResolveSampleRequestTest, MetropolisTakesTheDefaultNoiseFreeStepAway) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.sampler.final_noise_free_step = true;
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

TEST(ResolveSampleRequestTest, NoClampTakesTheDefaultClampAway) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_no_clamp(true);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_FALSE(resolved->settings.has_clamp());
  EXPECT_TRUE(resolved->settings.no_clamp());
  EXPECT_EQ(resolved->task.settings.clamp_upper, std::numeric_limits<float>::infinity());
}

TEST(ResolveSampleRequestTest, ANegativeScaleTurnsTheClampRound) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.scaling = {.scale = -0.5F, .offset = 1.0F};
  const auto resolved = Resolve(Chains(1), checkpoint);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.clamp().lower(), 0);
  EXPECT_EQ(resolved->settings.clamp().upper(), 4);
  EXPECT_EQ(resolved->task.settings.clamp_lower, -1);
  EXPECT_EQ(resolved->task.settings.clamp_upper, 1);
}

// Scaling is not exact in floats, so the default clamp's image in data units may scale back to another float.
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

TEST(ResolveSampleRequestTest, StartStatesImplyThatTheyAreUsed) {
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
  checkpoint.sampler.start_from_buffer = true;
  const auto resolved = Resolve(Chains(2), checkpoint);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->settings.start(), v1::CHAIN_START_BUFFER);
}

TEST(ResolveSampleRequestTest, TheTemperatureDecidesTheNoise) {
  v1::SampleRequest request = Chains(1);
  request.mutable_sampler()->set_step_size(0.02F);
  request.mutable_sampler()->set_temperature(4);
  const auto resolved = Resolve(request);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_FLOAT_EQ(resolved->settings.noise_scale(), 0.4F);
  EXPECT_FALSE(resolved->settings.has_temperature());
}

TEST(ResolveSampleRequestTest, TheCheckpointMayAcceptAndRefuseByDefault) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.sampler.metropolis = true;
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

TEST(ResolveSampleRequestTest, TakesWhatIsExactlyAtTheLimits) {
  v1::SampleRequest request = Chains(6);
  request.mutable_sampler()->set_steps(50);
  EXPECT_TRUE(Resolve(request).ok());
  request.set_chains(3);
  request.mutable_sampler()->set_steps(100);
  EXPECT_TRUE(Resolve(request).ok());
}

struct BadRequest {
  const char* name;
  std::function<void(v1::SampleRequest*)> spoil;
  const char* message;
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
};

class BadSampleRequestTest : public testing::TestWithParam<BadRequest> {};

TEST_P(BadSampleRequestTest, IsRefusedByFieldValueAndLimit) {
  v1::SampleRequest request = Chains(2);
  GetParam().spoil(&request);
  const auto resolved = Resolve(request);
  EXPECT_EQ(resolved.status().code(), GetParam().code) << resolved.status();
  EXPECT_THAT(std::string(resolved.status().message()), HasSubstr(GetParam().message));
}

using Request = v1::SampleRequest*;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

void SetClamp(Request request, float lower, float upper) {
  request->mutable_sampler()->mutable_clamp()->set_lower(lower);
  request->mutable_sampler()->mutable_clamp()->set_upper(upper);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, BadSampleRequestTest,
    testing::Values(
        BadRequest{"NoChains", [](Request r) { r->set_chains(0); }, "chains: 0, must be 1 to 6"},
        BadRequest{"ManyChains", [](Request r) { r->set_chains(7); }, "chains: 7, must be 1 to 6"},
        BadRequest{"NoSteps", [](Request r) { r->mutable_sampler()->set_steps(0); }, "sampler.steps: 0, must be 1 to"},
        BadRequest{"ManySteps", [](Request r) { r->mutable_sampler()->set_steps(101); }, "sampler.steps: 101, must be"},
        BadRequest{"ManyChainSteps",
                   [](Request r) {
                     r->set_chains(4);
                     r->mutable_sampler()->set_steps(76);
                   },
                   "chains x sampler.steps: 4 x 76 = 304, must be at most 300"},
        BadRequest{"AbsurdCounts",
                   [](Request r) {
                     r->set_chains(std::numeric_limits<uint32_t>::max());
                     r->mutable_sampler()->set_steps(std::numeric_limits<uint32_t>::max());
                   },
                   "chains: 4294967295"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Motion, BadSampleRequestTest,
    testing::Values(
        BadRequest{"ZeroStepSize", [](Request r) { r->mutable_sampler()->set_step_size(0); },
                   "sampler.step_size: 0, must be finite and above 0"},
        BadRequest{"NegativeStepSize", [](Request r) { r->mutable_sampler()->set_step_size(-1); },
                   "sampler.step_size: -1"},
        BadRequest{"NanStepSize", [](Request r) { r->mutable_sampler()->set_step_size(kNan); },
                   "sampler.step_size: nan"},
        BadRequest{"InfiniteStepSize", [](Request r) { r->mutable_sampler()->set_step_size(kInfinity); },
                   "sampler.step_size: inf"},
        BadRequest{"MetropolisWithoutNoise",
                   [](Request r) {
                     r->mutable_sampler()->set_metropolis(true);
                     r->mutable_sampler()->set_noise_scale(0);
                   },
                   "sampler.noise_scale: 0, must be above 0 where sampler.metropolis is set"},
        BadRequest{"MetropolisWithANoiseFreeEnd",
                   [](Request r) {
                     r->mutable_sampler()->set_metropolis(true);
                     r->mutable_sampler()->set_final_noise_free_step(true);
                   },
                   "sampler.final_noise_free_step: true, must be false where sampler.metropolis is set"},
        BadRequest{"AdaptationWithoutMetropolis", [](Request r) { r->mutable_sampler()->set_adaptation_steps(5); },
                   "sampler.adaptation_steps: 5, must be 0 where sampler.metropolis is not set"},
        BadRequest{"MoreAdaptationThanSteps",
                   [](Request r) {
                     r->mutable_sampler()->set_metropolis(true);
                     r->mutable_sampler()->set_steps(5);
                     r->mutable_sampler()->set_adaptation_steps(6);
                   },
                   "sampler.adaptation_steps: 6, must be at most sampler.steps, 5"},
        BadRequest{"DiagnosticsOfTooFewSteps",
                   [](Request r) {
                     r->mutable_sampler()->set_metropolis(true);
                     r->mutable_sampler()->set_steps(20);
                     r->mutable_sampler()->set_adaptation_steps(13);
                     r->set_include_diagnostics(true);
                   },
                   "include_diagnostics: set, must be unset where only 7 steps follow the adaptation; 8 are needed"},
        BadRequest{"NegativeNoise", [](Request r) { r->mutable_sampler()->set_noise_scale(-0.5F); },
                   "sampler.noise_scale: -0.5, must be finite and 0 or above"},
        BadRequest{"NanNoise", [](Request r) { r->mutable_sampler()->set_noise_scale(kNan); },
                   "sampler.noise_scale: nan"},
        BadRequest{"ClampTurned", [](Request r) { SetClamp(r, 3, 1); }, "sampler.clamp: lower 3, upper 1"},
        BadRequest{"ClampEmpty", [](Request r) { SetClamp(r, 2, 2); }, "sampler.clamp: lower 2, upper 2"},
        BadRequest{"ClampNan", [](Request r) { SetClamp(r, kNan, 2); }, "sampler.clamp: lower nan"},
        BadRequest{"ClampInfinite", [](Request r) { SetClamp(r, 0, kInfinity); }, "sampler.clamp: lower 0, upper inf"},
        BadRequest{"ClampAndNoClamp",
                   [](Request r) {
                     SetClamp(r, 0, 1);
                     r->mutable_sampler()->set_no_clamp(true);
                   },
                   "sampler.no_clamp: true"},
        BadRequest{"NegativeClass", [](Request r) { r->set_target_class(-1); }, "target_class: -1, must be 0 to 2"},
        BadRequest{"ClassK", [](Request r) { r->set_target_class(3); }, "target_class: 3, must be 0 to 2"},
        BadRequest{"AllHeld", [](Request r) { *r->mutable_held_coordinates() = ByteTensor({4}, "\x01\x01\x01\x01"); },
                   "held_coordinates.data: all 4 are held"},
        BadRequest{"MaskOfFloats",
                   [](Request r) {
                     *r->mutable_held_coordinates() = FloatTensor({4}, {1, 0, 0, 0});
                   },
                   "held_coordinates.data_type"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Starts, BadSampleRequestTest,
    testing::Values(
        BadRequest{"UnknownPriority", [](Request r) { r->set_priority(static_cast<v1::Priority>(9)); }, "priority: 9"},
        BadRequest{"Unknown", [](Request r) { r->mutable_sampler()->set_start(static_cast<v1::ChainStart>(9)); },
                   "sampler.start: 9"},
        BadRequest{"TemperatureAndNoise",
                   [](Request r) {
                     r->mutable_sampler()->set_temperature(1);
                     r->mutable_sampler()->set_noise_scale(0.1F);
                   },
                   "sampler.temperature: set, must be unset where sampler.noise_scale is set"},
        BadRequest{"NoTemperature", [](Request r) { r->mutable_sampler()->set_temperature(0); },
                   "sampler.temperature: 0, must be finite and above 0"},
        BadRequest{"GivenWithoutStates", [](Request r) { r->mutable_sampler()->set_start(v1::CHAIN_START_GIVEN); },
                   "start_states: unset"},
        BadRequest{"StatesForUniform",
                   [](Request r) {
                     r->mutable_sampler()->set_start(v1::CHAIN_START_UNIFORM);
                     *r->mutable_start_states() = FloatTensor({1, 4}, {1, 2, 3, 4});
                   },
                   "start_states: set, must be unset where sampler.start is CHAIN_START_UNIFORM"},
        BadRequest{"TooManyStates",
                   [](Request r) {
                     *r->mutable_start_states() = FloatTensor({3, 4}, std::vector<float>(12));
                   },
                   "start_states.shape[0]: 3 rows, must be at most 2"},
        BadRequest{"TooFewStates",
                   [](Request r) {
                     r->set_chains(3);
                     *r->mutable_start_states() = FloatTensor({2, 4}, std::vector<float>(8));
                   },
                   "start_states.shape[0]: 2, must be 1 or the number of chains, 3"},
        BadRequest{"NanState",
                   [](Request r) {
                     *r->mutable_start_states() = FloatTensor({1, 4}, {1, 2, 3, kNan});
                   },
                   "start_states.data: element 3 is nan"},
        BadRequest{"BufferWithoutTheClass",
                   [](Request r) {
                     r->mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
                     r->set_target_class(1);
                   },
                   "holds no states of class 1", absl::StatusCode::kFailedPrecondition}),
    [](const auto& info) { return info.param.name; });

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

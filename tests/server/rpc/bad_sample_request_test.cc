// Sample requests that are refused, with the field, the value and the limit.

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/resolved_request.h"
#include "tests/server/rpc/test_model.h"

namespace ebm::rpc {
namespace {

using ::testing::HasSubstr;

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

// A request that satisfies all conditions of annealing.
v1::SamplerSettings* Anneal(Request request) {
  v1::SamplerSettings* sampler = request->mutable_sampler();
  sampler->set_anneal(true);
  sampler->set_metropolis(true);
  sampler->set_temperature(1);
  sampler->set_no_clamp(true);
  return sampler;
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
                   "sampler.noise_scale: 0, must be above 0 if sampler.metropolis is set"},
        BadRequest{"MetropolisWithANoiseFreeEnd",
                   [](Request r) {
                     r->mutable_sampler()->set_metropolis(true);
                     r->mutable_sampler()->set_final_noise_free_step(true);
                   },
                   "sampler.final_noise_free_step: true, must be false if sampler.metropolis is set"},
        BadRequest{"AdaptationWithoutMetropolis", [](Request r) { r->mutable_sampler()->set_adaptation_steps(5); },
                   "sampler.adaptation_steps: 5, must be 0 if sampler.metropolis is not set"},
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
                   "include_diagnostics: set, must be unset if only 7 steps follow the adaptation; 8 are needed"},
        BadRequest{"AnnealWithoutMetropolis", [](Request r) { Anneal(r)->set_metropolis(false); },
                   "sampler.metropolis: false, must be true if sampler.anneal is set"},
        BadRequest{"AnnealAtAnotherTemperature", [](Request r) { Anneal(r)->set_temperature(2); },
                   "sampler.temperature: 2, must be 1 if sampler.anneal is set"},
        BadRequest{"AnnealInAClamp",
                   [](Request r) {
                     Anneal(r)->set_no_clamp(false);
                     SetClamp(r, 0, 1);
                   },
                   "sampler.clamp: set, must be unset if sampler.anneal is set"},
        BadRequest{"AnnealInTheCheckpointsClamp", [](Request r) { Anneal(r)->set_no_clamp(false); },
                   "sampler.no_clamp: false, must be true if sampler.anneal is set and the checkpoint has a clamp"},
        BadRequest{"AnnealAndHold",
                   [](Request r) {
                     Anneal(r);
                     *r->mutable_held_coordinates() = ByteTensor({4}, std::string("\x01\x00\x00\x00", 4));
                   },
                   "held_coordinates: set, must be unset if sampler.anneal is set"},
        BadRequest{"AnnealFromGivenStates",
                   [](Request r) {
                     Anneal(r);
                     *r->mutable_start_states() = FloatTensor({1, 4}, {0, 0, 0, 0});
                   },
                   "start_states: set, must be unset if sampler.anneal is set"},
        BadRequest{"AnnealAndAdapt", [](Request r) { Anneal(r)->set_adaptation_steps(2); },
                   "sampler.adaptation_steps: set, must be unset if sampler.anneal is set"},
        BadRequest{"AnnealFromNoise", [](Request r) { Anneal(r)->set_start(v1::CHAIN_START_UNIFORM); },
                   "sampler.start: CHAIN_START_UNIFORM, must be CHAIN_START_BASE if sampler.anneal is set"},
        BadRequest{"AnnealAndDiagnose",
                   [](Request r) {
                     Anneal(r)->set_steps(20);
                     r->set_include_diagnostics(true);
                   },
                   "include_diagnostics: set, must be unset if sampler.anneal is set"},
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
                   "sampler.temperature: set, must be unset if sampler.noise_scale is set"},
        BadRequest{"NoTemperature", [](Request r) { r->mutable_sampler()->set_temperature(0); },
                   "sampler.temperature: 0, must be finite and above 0"},
        BadRequest{"GivenWithoutStates", [](Request r) { r->mutable_sampler()->set_start(v1::CHAIN_START_GIVEN); },
                   "start_states: unset"},
        BadRequest{"StatesForUniform",
                   [](Request r) {
                     r->mutable_sampler()->set_start(v1::CHAIN_START_UNIFORM);
                     *r->mutable_start_states() = FloatTensor({1, 4}, {1, 2, 3, 4});
                   },
                   "start_states: set, must be unset if sampler.start is CHAIN_START_UNIFORM"},
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

}  // namespace
}  // namespace ebm::rpc

// Sample requests that are refused, with the field, the value and the limit.

#include <functional>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/ebm_v1/planned_request.h"
#include "tests/server/rpc/ebm_v1/test_model.h"

namespace ebm::rpc::ebm_v1 {
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
  const auto plan = Plan(request);
  EXPECT_EQ(plan.status().code(), GetParam().code) << plan.status();
  EXPECT_THAT(std::string(plan.status().message()), HasSubstr(GetParam().message));
}

using Request = v1::SampleRequest*;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

void SetClamp(Request request, float lower, float upper) {
  request->mutable_sampler()->mutable_clamp()->set_lower(lower);
  request->mutable_sampler()->mutable_clamp()->set_upper(upper);
}

v1::Langevin* Unadjusted(Request request) { return request->mutable_sampler()->mutable_langevin(); }

v1::MetropolisLangevin* Adjusted(Request request) { return request->mutable_sampler()->mutable_metropolis_langevin(); }

// A request that satisfies all conditions of annealing.
v1::SamplerSettings* Anneal(Request request) {
  v1::SamplerSettings* sampler = request->mutable_sampler();
  sampler->mutable_annealed_langevin();
  sampler->mutable_clamp();
  return sampler;
}

// A request that satisfies all conditions of continued chains.
void Continue(Request request, uint32_t first_step) {
  request->set_seed(1);
  request->mutable_sampler()->set_steps(20);
  request->set_first_step(first_step);
  *request->mutable_start_states() = FloatTensor({1, 4}, {0, 0, 0, 0});
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
                   "chains x (sampler.steps): 4 x 76 = 304, must be at most 300"},
        BadRequest{"ChainsPastTheLast", [](Request r) { r->set_first_chain(std::numeric_limits<uint32_t>::max()); },
                   "first_chain: 4294967295, must be at most 4294967294 for 2 chains"},
        BadRequest{"AllStepsDone", [](Request r) { Continue(r, 20); },
                   "first_step: 20, must be below sampler.steps, 20"},
        BadRequest{"ContinuedWithoutStates",
                   [](Request r) {
                     Continue(r, 5);
                     r->clear_start_states();
                   },
                   "start_states: unset, must be set if first_step is above 0"},
        BadRequest{"ContinuedWithoutASeed",
                   [](Request r) {
                     Continue(r, 5);
                     r->clear_seed();
                   },
                   "seed: unset, must be set if first_chain or first_step is above 0"},
        BadRequest{"LaterChainsWithoutASeed", [](Request r) { r->set_first_chain(1); }, "seed: unset, must be set"},
        BadRequest{"ContinuedAndAnnealed",
                   [](Request r) {
                     Anneal(r);
                     r->set_seed(1);
                     r->set_first_step(2);
                   },
                   "sampler.kernel: annealed_langevin, must be one whose chains carry no weights"},
        BadRequest{"ManyStepsLeft",
                   [](Request r) {
                     Continue(r, 5);
                     r->mutable_sampler()->set_steps(106);
                   },
                   "sampler.steps - first_step: 101, must be 1 to 100"},
        BadRequest{"ContinuedAndAdapted",
                   [](Request r) {
                     Continue(r, 5);
                     Adjusted(r)->set_adaptation_steps(10);
                   },
                   "sampler.adaptation_steps: 10, must be 0 for chains that continue"},
        BadRequest{"ContinuedAndTracedTooShort",
                   [](Request r) {
                     Continue(r, 13);
                     r->set_include_diagnostics(true);
                   },
                   "include_diagnostics: set, must be unset if only 7 steps can be traced; 8 are needed"},
        BadRequest{"UnknownUnits", [](Request r) { r->set_state_units(static_cast<v1::StateUnits>(9)); },
                   "state_units: 9, must be a StateUnits"},
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
        BadRequest{"ZeroStepSize", [](Request r) { Unadjusted(r)->set_step_size(0); },
                   "sampler.step_size: 0, must be finite and above 0"},
        BadRequest{"NegativeStepSize", [](Request r) { Adjusted(r)->set_step_size(-1); }, "sampler.step_size: -1"},
        BadRequest{"NanStepSize", [](Request r) { Unadjusted(r)->set_step_size(kNan); }, "sampler.step_size: nan"},
        BadRequest{"InfiniteStepSize",
                   [](Request r) { Anneal(r)->mutable_annealed_langevin()->set_step_size(kInfinity); },
                   "sampler.step_size: inf"},
        BadRequest{"NegativeNoise", [](Request r) { Unadjusted(r)->set_noise_scale(-0.5F); },
                   "sampler.noise_scale: -0.5, must be finite and 0 or above"},
        BadRequest{"NanNoise", [](Request r) { Unadjusted(r)->set_noise_scale(kNan); }, "sampler.noise_scale: nan"},
        BadRequest{"NoTemperature", [](Request r) { Unadjusted(r)->set_temperature(0); },
                   "sampler.temperature: 0, must be finite and above 0"},
        BadRequest{"MetropolisWithoutNoise", [](Request r) { Adjusted(r)->set_noise_scale(0); },
                   "sampler.noise_scale: 0, must be above 0 for Metropolis-adjusted chains"},
        BadRequest{"MoreAdaptationThanSteps",
                   [](Request r) {
                     r->mutable_sampler()->set_steps(5);
                     Adjusted(r)->set_adaptation_steps(6);
                   },
                   "sampler.adaptation_steps: 6, must be at most sampler.steps, 5"},
        BadRequest{"DiagnosticsOfTooFewSteps",
                   [](Request r) {
                     r->mutable_sampler()->set_steps(20);
                     Adjusted(r)->set_adaptation_steps(13);
                     r->set_include_diagnostics(true);
                   },
                   "include_diagnostics: set, must be unset if only 7 steps can be traced; 8 are needed"},
        BadRequest{"AnnealInAClamp",
                   [](Request r) {
                     Anneal(r);
                     SetClamp(r, 0, 1);
                   },
                   "sampler.clamp: 0, must be unset for annealed chains"},
        BadRequest{"AnnealInTheCheckpointsClamp", [](Request r) { Anneal(r)->clear_clamp(); },
                   "sampler.clamp: 0, must be unset for annealed chains"},
        BadRequest{"AnnealAndHold",
                   [](Request r) {
                     Anneal(r);
                     *r->mutable_held_coordinates() = ByteTensor({4}, std::string("\x01\x00\x00\x00", 4));
                   },
                   "held_coordinates: set, must be unset for annealed chains"},
        BadRequest{"AnnealFromGivenStates",
                   [](Request r) {
                     Anneal(r);
                     *r->mutable_start_states() = FloatTensor({1, 4}, {0, 0, 0, 0});
                   },
                   "start_states: set, must be unset for annealed chains"},
        BadRequest{"AnnealFromNoise", [](Request r) { Anneal(r)->set_start(v1::CHAIN_START_UNIFORM); },
                   "sampler.start: uniform, must be base for annealed chains"},
        BadRequest{"AnnealAndDiagnose",
                   [](Request r) {
                     Anneal(r)->set_steps(20);
                     r->set_include_diagnostics(true);
                   },
                   "include_diagnostics: set, must be unset for annealed chains"},
        BadRequest{"ClampTurned", [](Request r) { SetClamp(r, 3, 1); },
                   "sampler.clamp_lower: 3, must be below sampler.clamp_upper, 1"},
        BadRequest{"ClampOfOnePoint", [](Request r) { SetClamp(r, 2, 2); }, "sampler.clamp_lower: 2, must be below"},
        BadRequest{"ClampNan", [](Request r) { SetClamp(r, kNan, 2); }, "sampler.clamp_lower: nan, must be finite"},
        BadRequest{"ClampInfinite", [](Request r) { SetClamp(r, 0, kInfinity); },
                   "sampler.clamp_upper: inf, must be finite"},
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
        BadRequest{"GivenWithoutStates", [](Request r) { r->mutable_sampler()->set_start(v1::CHAIN_START_GIVEN); },
                   "start_states: unset, must be set if sampler.start is given"},
        BadRequest{"StatesForUniform",
                   [](Request r) {
                     r->mutable_sampler()->set_start(v1::CHAIN_START_UNIFORM);
                     *r->mutable_start_states() = FloatTensor({1, 4}, {1, 2, 3, 4});
                   },
                   "start_states: set, must be unset if sampler.start is uniform"},
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
                   "start_states: row 0: value 3 is nan"},
        BadRequest{"BufferWithoutTheClass",
                   [](Request r) {
                     r->mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
                     r->set_target_class(1);
                   },
                   "holds no states of class 1", absl::StatusCode::kFailedPrecondition}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace ebm::rpc::ebm_v1

// Sample requests that are parts of another: some of its chains, or its last steps. They have the same bits.

#include <map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/server/rpc/ebm_v1/service_test_fixture.h"

namespace ebm::rpc::ebm_v1 {
namespace {

// Scaling rounds in this model, so data units would not do.
Checkpoint RoundingCheckpoint() {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.columns.front().scaling = {.scale = 2.0F / 17, .offset = -1.0F};
  return checkpoint;
}

// The state of a chain after a step, followed by its log density.
using Step = std::pair<uint32_t, uint32_t>;  // step, chain
using Steps = std::map<Step, std::vector<float>>;

Steps AllSteps(const SampleOutcome& outcome) {
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  Steps steps;
  for (const v1::SampleFrame& frame : outcome.frames) {
    const std::vector<float> values = ToFloats(frame.states());
    for (int i = 0; i < frame.chains_size(); ++i) {
      std::vector<float>& state = steps[{frame.step(), frame.chains(i)}];
      state.assign(values.begin() + 4 * i, values.begin() + 4 * i + 4);
      state.push_back(frame.log_densities(i));
    }
  }
  return steps;
}

// 40 chains fill more than one worker's tile.
v1::SampleRequest Whole() {
  v1::SampleRequest request;
  request.set_chains(40);
  request.set_first_chain(5);
  request.set_seed(1);
  request.set_frame_interval(10);
  request.set_state_units(v1::STATE_UNITS_SCALED);
  request.mutable_sampler()->set_steps(25);
  return request;
}

struct Variant {
  const char* name;
  void (*change)(v1::SampleRequest& request);
};

class SamplePartsTest : public ServiceTest, public testing::WithParamInterface<Variant> {
 protected:
  void SetUp() override { StartServer(2, nullptr, RoundingCheckpoint()); }

  static v1::SampleRequest Request() {
    v1::SampleRequest request = Whole();
    GetParam().change(request);
    return request;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Variants, SamplePartsTest,
    testing::Values(Variant{"Plain", [](v1::SampleRequest& /*request*/) {}},
                    Variant{"NoiseFreeEnd",
                            [](v1::SampleRequest& request) {
                              request.mutable_sampler()->mutable_langevin()->set_final_noise_free_step(true);
                            }},
                    Variant{"Adjusted",
                            [](v1::SampleRequest& request) {
                              request.mutable_sampler()->mutable_metropolis_langevin()->set_temperature(1);
                            }},
                    Variant{"OfAClass", [](v1::SampleRequest& request) { request.set_target_class(1); }},
                    Variant{"FromTheBuffer",
                            [](v1::SampleRequest& request) {
                              request.mutable_sampler()->set_start(v1::CHAIN_START_BUFFER);
                            }},
                    Variant{"Held",
                            [](v1::SampleRequest& request) {
                              *request.mutable_start_states() = FloatTensor({1, 4}, {0.1F, -0.3F, 0.7F, -0.0F});
                              *request.mutable_held_coordinates() = ByteTensor({4}, std::string("\1\0\0\1", 4));
                            }}),
    [](const auto& info) { return info.param.name; });

TEST_P(SamplePartsTest, ChainsDividedAmongRequestsHaveTheSameBits) {
  const Steps whole = AllSteps(Sample(Request()));
  ASSERT_EQ(whole.size(), 3 * 40);
  v1::SampleRequest part = Request();
  part.set_chains(27);
  Steps parts = AllSteps(Sample(part));
  part.set_first_chain(5 + 27);
  part.set_chains(13);
  parts.merge(AllSteps(Sample(part)));
  EXPECT_EQ(parts, whole);
}

// As the protocol says: one request for each run of consecutive chains in a frame.
TEST_P(SamplePartsTest, ChainsContinuedFromFramesHaveTheSameBits) {
  const SampleOutcome lost = Sample(Request());
  const Steps whole = AllSteps(lost);
  Steps continued;
  for (const v1::SampleFrame& frame : lost.frames) {
    if (frame.step() != 10) continue;
    const std::vector<float> states = ToFloats(frame.states());
    for (int first = 0, end = 0; first < frame.chains_size(); first = end) {
      for (end = first + 1; end < frame.chains_size() && frame.chains(end) == frame.chains(end - 1) + 1;) ++end;
      v1::SampleRequest rest = Request();
      rest.set_first_chain(frame.chains(first));
      rest.set_chains(static_cast<uint32_t>(end - first));
      rest.set_first_step(10);
      rest.mutable_sampler()->clear_start();
      *rest.mutable_start_states() =
          FloatTensor({end - first, 4}, {states.begin() + 4 * first, states.begin() + 4 * end});
      const SampleOutcome outcome = Sample(rest);
      continued.merge(AllSteps(outcome));
      EXPECT_EQ(outcome.summary->chain_steps(), 15 * rest.chains());
    }
  }
  EXPECT_EQ(continued.size(), 2 * 40);
  for (const auto& [step, state] : continued) EXPECT_EQ(state, whole.at(step)) << step.first << " " << step.second;
}

class DivergedPartsTest : public ServiceTest {};

TEST_F(DivergedPartsTest, DivergedChainsAreNamedByTheirIndexUnderTheSeed) {
  StartServer();
  v1::SampleRequest request = Whole();
  request.set_chains(2);
  request.mutable_sampler()->mutable_langevin()->set_step_size(1e20F);
  request.mutable_sampler()->mutable_clamp();
  const SampleOutcome outcome = Sample(request);
  ASSERT_EQ(outcome.summary->diverged_chains_size(), 2);
  EXPECT_EQ(outcome.summary->diverged_chains(0).chain(), 5);
  EXPECT_EQ(outcome.summary->diverged_chains(1).chain(), 6);
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1

// Sample requests that are parts of another: some of its chains, or its last steps. They have the same bits.

#include <map>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/server/rpc/service_test_fixture.h"

namespace ebm::rpc {
namespace {

class SamplePartsTest : public ServiceTest {};

// The states of all frames, by step and chain.
std::map<std::pair<uint32_t, uint32_t>, std::vector<float>> AllStates(const SampleOutcome& outcome) {
  std::map<std::pair<uint32_t, uint32_t>, std::vector<float>> states;
  for (const v1::SampleFrame& frame : outcome.frames) {
    const std::vector<float> values = ToFloats(frame.states());
    for (int i = 0; i < frame.chains_size(); ++i) {
      states[{frame.step(), frame.chains(i)}].assign(values.begin() + 4 * i, values.begin() + 4 * i + 4);
    }
  }
  return states;
}

v1::SampleRequest WithKernel(v1::SampleRequest request, bool adjusted) {
  if (adjusted) request.mutable_sampler()->mutable_metropolis_langevin()->set_temperature(1);
  if (!adjusted) request.mutable_sampler()->mutable_langevin()->set_final_noise_free_step(true);
  return request;
}

TEST_F(SamplePartsTest, ChainsDividedAmongRequestsHaveTheSameBits) {
  StartServer();
  for (const bool adjusted : {false, true}) {
    const v1::SampleRequest whole = WithKernel(Request(/*chains=*/40, /*steps=*/25, /*frame_interval=*/10), adjusted);
    auto expected = AllStates(Sample(whole));
    ASSERT_EQ(expected.size(), 120);
    v1::SampleRequest part = whole;
    part.set_chains(27);
    auto parts = AllStates(Sample(part));
    part.set_first_chain(27);
    part.set_chains(13);
    parts.merge(AllStates(Sample(part)));
    EXPECT_EQ(parts, expected);
  }
}

// Scaling rounds in this model, so data units would not do.
TEST_F(SamplePartsTest, ChainsContinuedFromAFrameHaveTheSameBits) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.spec.scaling = {.scale = 2.0F / 17, .offset = -1.0F};
  StartServer(2, nullptr, std::move(checkpoint));
  for (const bool adjusted : {false, true}) {
    v1::SampleRequest whole = WithKernel(Request(/*chains=*/10, /*steps=*/25, /*frame_interval=*/10), adjusted);
    whole.set_first_chain(5);
    whole.set_state_units(v1::STATE_UNITS_SCALED);
    const auto expected = AllStates(Sample(whole));
    v1::SampleRequest rest = whole;
    rest.set_first_step(10);
    std::vector<float> states;
    for (uint32_t chain = 5; chain < 15; ++chain) {
      const std::vector<float>& state = expected.at({10, chain});
      states.insert(states.end(), state.begin(), state.end());
    }
    *rest.mutable_start_states() = FloatTensor({10, 4}, states);
    const SampleOutcome outcome = Sample(rest);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
    EXPECT_EQ(outcome.summary->chain_steps(), 150);
    const auto continued = AllStates(outcome);
    EXPECT_EQ(continued.size(), 20);
    for (const auto& [key, state] : continued) EXPECT_EQ(state, expected.at(key)) << "step " << key.first;
  }
}

TEST_F(SamplePartsTest, DivergedChainsAreNamedByTheirIndexUnderTheSeed) {
  StartServer();
  v1::SampleRequest request = Request(2, 1000, 0);
  request.set_first_chain(7);
  request.mutable_sampler()->mutable_langevin()->set_step_size(1e20F);
  request.mutable_sampler()->mutable_clamp();
  const SampleOutcome outcome = Sample(request);
  ASSERT_EQ(outcome.summary->diverged_chains_size(), 2);
  EXPECT_EQ(outcome.summary->diverged_chains(0).chain(), 7);
  EXPECT_EQ(outcome.summary->diverged_chains(1).chain(), 8);
}

}  // namespace
}  // namespace ebm::rpc

#include "client/sample_reader.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/client.h"
#include "client/connection.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/fake_retry_clock.h"
#include "tests/client/fake_server.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint32_t kSteps = 7;
constexpr uint32_t kFirstChain = 10;
constexpr uint32_t kDiverging = 12;  // the chain that diverges after step 5

const grpc::Status kShutdown(grpc::StatusCode::UNAVAILABLE, "the server is shutting down");

// A server whose chains are cut off. Chain c starts at (c, c) and moves by x <- 2 x + step + seed, so that a state
// tells every step that led to it. Chains of odd index are two steps behind the others.
class CutOffSampler {
 public:
  // How many messages each stream brings before it is lost; later ones are whole.
  explicit CutOffSampler(std::vector<size_t> cuts) : cuts_(std::move(cuts)) {}

  grpc::Status operator()(const v1::SampleRequest& request, FakeServer::SampleWriter& writer) {
    requests.push_back(request);
    size_t left = requests.size() <= cuts_.size() ? cuts_[requests.size() - 1] : SIZE_MAX;
    for (const v1::SampleResponse& message : MessagesOf(request)) {
      if (left-- == 0) return kShutdown;
      writer.Write(message);
    }
    return left == 0 ? kShutdown : grpc::Status::OK;
  }

  std::vector<v1::SampleRequest> requests;

 private:
  static float StateAfter(const v1::SampleRequest& request, uint32_t chain, uint32_t step) {
    const std::vector<float> starts = TensorValues(request.start_states());
    float x = starts.empty() ? static_cast<float>(chain) : starts[2 * (chain - request.first_chain())];
    for (uint32_t s = request.first_step() + 1; s <= step; ++s) x = 2 * x + static_cast<float>(s + request.seed());
    return x;
  }

  static std::vector<v1::SampleResponse> MessagesOf(const v1::SampleRequest& request) {
    std::vector<v1::SampleResponse> messages;
    uint64_t chain_steps = 0;
    for (uint32_t time = 1; time <= kSteps + 2; ++time) {
      for (uint32_t c = request.first_chain(); c < request.first_chain() + request.chains(); ++c) {
        const uint32_t step = c % 2 == 0 ? time : time - std::min(time, 2U);
        if (step <= request.first_step() || step > kSteps || (c == kDiverging && step > 5)) continue;
        ++chain_steps;
        if (step % request.frame_interval() != 0 && step != kSteps) continue;
        const float x = StateAfter(request, c, step);
        messages.push_back(FrameOf(step, {c}, {x, x}, step == kSteps));
      }
    }
    v1::SampleSummary& summary = *messages.emplace_back().mutable_summary();
    *summary.mutable_sampler() = request.sampler();
    summary.set_seed(request.seed());
    const bool diverges = request.first_chain() <= kDiverging && kDiverging < request.first_chain() + request.chains();
    if (diverges) {
      summary.add_diverged_chains()->set_chain(kDiverging);
      summary.mutable_diverged_chains(0)->set_step(5);
    }
    summary.set_chains_finished(request.chains() - (diverges ? 1 : 0));
    summary.set_chain_steps(chain_steps);
    return messages;
  }

  const std::vector<size_t> cuts_;
};

// What a reader got: the states of every chain and step.
struct Received {
  std::map<std::pair<uint32_t, uint32_t>, float> states;  // by chain and step
  std::map<uint32_t, bool> final;
  SampleSummary summary;
};

class SampleReaderTest : public testing::Test {
 protected:
  Client MakeClient(const ConnectionOptions& options = {}) {
    return Client(std::make_shared<Connection>(std::make_unique<Stubs>(server_.channel()), nullptr, options, clock_));
  }

  static SampleRequest Request(StateUnits units) {
    return {.model = {"toy", "7"},
            .chains = 4,
            .seed = 3,
            .sampler = SamplerSettings{.steps = kSteps, .start = ChainStart::kUniform},
            .frame_interval = 2,
            .first_chain = kFirstChain,
            .state_units = units};
  }

  // Every state must arrive once, and each chain's in the order of its steps.
  absl::StatusOr<Received> Read(const SampleRequest& request, CutOffSampler& sampler) {
    server_.on_sample = [&sampler](const auto& sent, auto& writer) { return sampler(sent, writer); };
    Received received;
    const auto add = [&received](const SampleFrame& frame) {
      for (size_t i = 0; i < frame.chains.size(); ++i) {
        const auto place = std::pair(frame.chains[i], frame.step);
        const auto next_chain = received.states.lower_bound({frame.chains[i] + 1, 0});
        const bool is_later = next_chain == received.states.begin() || std::prev(next_chain)->first < place;
        EXPECT_TRUE(is_later) << place.first << " " << place.second;
        received.states[place] = frame.states.row(static_cast<int64_t>(i))[0];
        EXPECT_EQ(frame.log_densities[i], -static_cast<float>(frame.chains[i] + kFirstChain));
        if (frame.final) received.final[frame.chains[i]] = true;
      }
    };
    auto summary = MakeClient().Sample(request, add);
    if (!summary.ok()) return summary.status();
    received.summary = *summary;
    return received;
  }

  const std::shared_ptr<FakeRetryClock> clock_ = std::make_shared<FakeRetryClock>();
  FakeServer server_;
};

class CutStreamTest : public SampleReaderTest, public testing::WithParamInterface<StateUnits> {
 protected:
  void ExpectSame(const Received& got, const Received& whole) const {
    EXPECT_EQ(got.states, whole.states);
    EXPECT_EQ(got.final, whole.final);
    EXPECT_EQ(got.summary.seed, 3U);
    EXPECT_EQ(got.summary.chains_finished, 3U);
    EXPECT_EQ(got.summary.chain_steps, whole.summary.chain_steps);
    ASSERT_EQ(got.summary.diverged_chains.size(), 1U);
    EXPECT_EQ(got.summary.diverged_chains[0].chain, kDiverging - kFirstChain);
    EXPECT_EQ(got.summary.diverged_chains[0].step, 5U);
    EXPECT_EQ(got.summary.sampler->start, ChainStart::kUniform);
  }
};

TEST_P(CutStreamTest, ReadsTheSameWhereverItIsCut) {
  CutOffSampler unharmed({});
  const auto whole = Read(Request(GetParam()), unharmed);
  ASSERT_TRUE(whole.ok()) << whole.status();
  ASSERT_EQ(whole->states.size(), 14U);
  EXPECT_EQ(whole->summary.chain_steps, 26U);
  for (size_t first = 0; first <= 15; ++first) {
    for (const size_t second : {size_t{1}, size_t{4}}) {
      CutOffSampler sampler({first, second});
      const auto got = Read(Request(GetParam()), sampler);
      ASSERT_TRUE(got.ok()) << first << " " << second << ": " << got.status();
      ExpectSame(*got, *whole);
      EXPECT_GE(sampler.requests.size(), 2U);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Units, CutStreamTest, testing::Values(StateUnits::kScaled, StateUnits::kData),
                         [](const auto& info) { return info.param == StateUnits::kScaled ? "Scaled" : "Data"; });

TEST_F(SampleReaderTest, ContinuesFromTheLastFramesInScaledUnits) {
  CutOffSampler sampler({6});  // chains 10 and 12 at step 4, 11 and 13 at step 2
  ASSERT_TRUE(Read(Request(StateUnits::kScaled), sampler).ok());
  ASSERT_EQ(sampler.requests.size(), 5U);
  for (uint32_t i = 0; i < 4; ++i) {
    const v1::SampleRequest& request = sampler.requests[1 + i];
    EXPECT_EQ(request.first_chain(), kFirstChain + i);
    EXPECT_EQ(request.chains(), 1U);
    EXPECT_EQ(request.first_step(), i % 2 == 0 ? 4U : 2U);
    EXPECT_EQ(request.sampler().start(), v1::CHAIN_START_GIVEN);
    EXPECT_EQ(request.start_states().shape(0), 1);
  }
}

TEST_F(SampleReaderTest, RepeatsWhatItCannotContinue) {
  SampleRequest adapts = Request(StateUnits::kScaled);
  adapts.sampler->kernel = MetropolisLangevin{.adaptation_steps = 2};
  SampleRequest diagnoses = Request(StateUnits::kScaled);
  diagnoses.diagnostics = true;
  for (const SampleRequest& request : {adapts, diagnoses, Request(StateUnits::kData)}) {
    CutOffSampler sampler({4});
    ASSERT_TRUE(Read(request, sampler).ok());
    ASSERT_EQ(sampler.requests.size(), 2U);
    EXPECT_EQ(sampler.requests[1].first_step(), 0U);
    EXPECT_EQ(sampler.requests[1].chains(), 4U);
    EXPECT_EQ(sampler.requests[1].seed(), 3U);
  }
}

TEST_F(SampleReaderTest, ChainsWithoutAFrameBeginAgainAtTheirGivenStart) {
  SampleRequest request = Request(StateUnits::kScaled);
  request.start_states = MatrixBuffer({1, 1, 2, 2, 3, 3, 4, 4}, 4, 2);
  request.sampler->start = ChainStart::kGiven;
  CutOffSampler sampler({1});  // chain 10 at step 2
  ASSERT_TRUE(Read(request, sampler).ok());
  ASSERT_EQ(sampler.requests.size(), 3U);
  EXPECT_EQ(sampler.requests[2].first_chain(), 11U);
  EXPECT_EQ(sampler.requests[2].first_step(), 0U);
  EXPECT_THAT(TensorValues(sampler.requests[2].start_states()), ElementsAre(2, 2, 3, 3, 4, 4));
}

TEST_F(SampleReaderTest, GivesUpAfterAttemptsWithoutANewState) {
  CutOffSampler sampler({2, 0, 0, 0, 0});
  const auto got = Read(Request(StateUnits::kScaled), sampler);
  EXPECT_EQ(got.status(), absl::UnavailableError("the server is shutting down"));
  EXPECT_EQ(sampler.requests.size(), 4U);
  EXPECT_EQ(clock_->waits.size(), 3U);
}

TEST_F(SampleReaderTest, WithoutRetriesTheErrorIsReturned) {
  CutOffSampler sampler({4});
  server_.on_sample = [&sampler](const auto& sent, auto& writer) { return sampler(sent, writer); };
  const auto reader = MakeClient({.retry = {.attempts = 1}}).StartSample(Request(StateUnits::kScaled));
  ASSERT_TRUE(reader.ok()) << reader.status();
  for (int i = 0; i < 4; ++i) EXPECT_TRUE((*reader)->Next().ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ((*reader)->Next().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(sampler.requests.size(), 1U);
}

TEST_F(SampleReaderTest, OtherErrorsAreFinal) {
  server_.on_sample = [](const auto&, auto& writer) {
    writer.Write(FrameOf(2, {10}, {1, 1}, false));
    return grpc::Status(grpc::StatusCode::INTERNAL, "the model's computation failed");
  };
  const auto reader = MakeClient().StartSample(Request(StateUnits::kScaled));
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE((*reader)->Next().ok());
  EXPECT_EQ((*reader)->Next().status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(clock_->waits.empty());
}

TEST_F(SampleReaderTest, DestructionCancelsTheRequest) {
  server_.sample_hangs = true;
  server_.sample_stream = {FrameOf(2, {10}, {1, 1}, false)};
  {
    const auto reader = MakeClient().StartSample(Request(StateUnits::kScaled));
    ASSERT_TRUE((*reader)->Next().ok());
  }
  server_.sample_was_cancelled.WaitForNotification();
}

TEST_F(SampleReaderTest, ACancelledReaderReadsNothing) {
  server_.sample_hangs = true;
  const auto reader = MakeClient().StartSample(Request(StateUnits::kScaled));
  (*reader)->Cancel();
  EXPECT_EQ((*reader)->Next().status().code(), absl::StatusCode::kCancelled);
}

TEST_F(SampleReaderTest, AStreamThatGoesOnAfterItsSummaryIsInternal) {
  server_.on_sample = [](const auto&, auto& writer) {
    v1::SampleResponse summary;
    summary.mutable_summary()->set_seed(3);
    writer.Write(summary);
    writer.Write(summary);
    return grpc::Status::OK;
  };
  const auto reader = MakeClient().StartSample(Request(StateUnits::kScaled));
  const auto next = (*reader)->Next();
  EXPECT_EQ(next.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(next.status().message()), HasSubstr("after its summary"));
}

}  // namespace
}  // namespace ebm::client

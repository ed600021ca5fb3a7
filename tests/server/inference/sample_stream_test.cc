#include "server/inference/sample_stream.h"

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Keeps what is written. Every write waits until the test says that it is done.
class FakeWriter final : public StreamWriter {
 public:
  Write WriteFrame(SampleStream& stream, const batching::Frame& frame) override {
    EXPECT_FALSE(std::exchange(writing_, true)) << "one frame at a time";
    EXPECT_FALSE(ended()) << "a frame after the end";
    if (throws) throw std::runtime_error("cannot encode");
    steps.push_back(frame.step);
    std::string bytes;
    AppendStates(stream.plan(), stream.model().spec, frame, bytes);
    states.resize(bytes.size() / sizeof(float));
    std::memcpy(states.data(), bytes.data(), bytes.size());
    if (wrote_frame) wrote_frame();
    return Write::kStarted;
  }
  void End(SampleStream& /*stream*/, const SampleReport& last) override {
    EXPECT_FALSE(ended());
    if (throws) throw std::runtime_error("cannot encode");
    report = last;
    ended_ = true;
  }
  void Fail(const absl::Status& why) override {
    EXPECT_FALSE(ended());
    error = why;
    ended_ = true;
  }

  bool ended() const { return ended_; }
  bool writing() const { return writing_; }
  void Done() { writing_ = false; }
  void Reset() { ended_ = false; }

  std::vector<uint32_t> steps;  // of the frames
  std::vector<float> states;    // of the last frame
  std::optional<SampleReport> report;
  std::optional<absl::Status> error;
  bool throws = false;
  std::function<void()> wrote_frame;

 private:
  bool writing_ = false;
  std::atomic<bool> ended_ = false;
};

class SampleStreamTest : public testing::Test {
 protected:
  static SampleRequest Request(uint32_t chains, uint32_t steps, uint32_t frame_interval) {
    return {.chains = chains, .seed = 1, .sampler = {.steps = steps}, .frame_interval = frame_interval};
  }

  absl::Status Start(const SampleRequest& request, const Caller& caller = {}) {
    absl::StatusOr<std::shared_ptr<SampleStream>> stream =
        SampleStream::Start(model_, request, parts_, caller, &writer_);
    if (!stream.ok()) return stream.status();
    stream_ = *std::move(stream);
    return absl::OkStatus();
  }

  void Crank(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      model_->Crank(1);
      delivery_.Deliver();
    }
  }

  // The reader takes the frame that is being written.
  void TakeFrame() {
    ASSERT_TRUE(writer_.writing());
    writer_.Done();
    stream_->WroteFrame(SampleStream::Written::kYes);
  }
  void TakeAll() {
    while (writer_.writing()) TakeFrame();
  }
  bool NoCallIsOpen() { return open_calls_.WaitUntilNone(clock_.Now(), clock_); }

  const std::shared_ptr<FakeModel> model_ = std::make_shared<FakeModel>();
  batching::FakeClock& clock_ = model_->clock();
  OpenCalls open_calls_;
  HandDelivery delivery_;
  const CallParts parts_ = {.clock = &clock_, .open_calls = &open_calls_, .delivery = &delivery_};
  FakeWriter writer_;
  std::shared_ptr<SampleStream> stream_;
};

TEST_F(SampleStreamTest, WritesFramesInOrderAndThenTheReport) {
  ASSERT_EQ(Start(Request(2, 4, 2)), absl::OkStatus());
  for (int round = 0; round < 6; ++round) {
    Crank(1);
    TakeAll();
  }
  EXPECT_THAT(writer_.steps, ElementsAre(2, 4));
  EXPECT_THAT(writer_.states, SizeIs(2 * 4));
  ASSERT_TRUE(writer_.report.has_value());
  EXPECT_EQ(writer_.report->chains_finished, 2U);
  EXPECT_EQ(writer_.report->chain_steps, 8U);
}

TEST_F(SampleStreamTest, StatesAreInDataUnitsUnlessTheCallerWantsThemScaled) {
  ASSERT_EQ(Start(Request(1, 1, 0)), absl::OkStatus());
  Crank(2);
  const std::vector<float> data = writer_.states;
  FakeWriter scaled;
  SampleRequest request = Request(1, 1, 0);
  request.state_units = StateUnits::kScaled;
  const auto stream = SampleStream::Start(model_, request, parts_, {}, &scaled);
  ASSERT_TRUE(stream.ok());
  Crank(2);
  ASSERT_THAT(scaled.states, SizeIs(4));
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(scaled.states[i], data[i] * 0.5F - 1.0F, 1e-6);
}

// Its frames beyond those that the queue takes are not computed.
TEST_F(SampleStreamTest, ASlowReaderParksItsChainsAndIsResumed) {
  constexpr uint32_t kSteps = 100;
  ASSERT_EQ(Start(Request(1, kSteps, 1)), absl::OkStatus());
  Crank(50);
  EXPECT_THAT(writer_.steps, ElementsAre(1)) << "the reader has not taken it";
  EXPECT_EQ(model_->scheduler().Stats().parked_chains, 1);
  for (int round = 0; round < 1000 && !writer_.ended(); ++round) {
    TakeAll();
    Crank(1);
  }
  EXPECT_THAT(writer_.steps, SizeIs(kSteps));
  EXPECT_TRUE(writer_.report.has_value());
}

TEST_F(SampleStreamTest, TheReportWaitsForTheFrames) {
  ASSERT_EQ(Start(Request(1, 3, 1)), absl::OkStatus());
  Crank(10);
  EXPECT_TRUE(model_->scheduler().Idle());
  EXPECT_FALSE(writer_.ended());
  TakeFrame();
  TakeFrame();
  EXPECT_FALSE(writer_.ended());
  TakeFrame();
  EXPECT_TRUE(writer_.report.has_value());
}

TEST_F(SampleStreamTest, AReaderThatIsGoneEndsItsChains) {
  ASSERT_EQ(Start(Request(3, 1000, 1)), absl::OkStatus());
  Crank(1);
  stream_->Abandon();
  EXPECT_FALSE(writer_.ended()) << "a frame is still being written, and the chains have not ended";
  writer_.Done();
  stream_->WroteFrame(SampleStream::Written::kReaderGone);
  Crank(2);
  EXPECT_TRUE(model_->scheduler().Idle());
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kCancelled);
}

TEST_F(SampleStreamTest, AReaderThatIsGoneBeforeItsLastFrameGetsNoReport) {
  ASSERT_EQ(Start(Request(1, 2, 1)), absl::OkStatus());
  Crank(10);
  writer_.Done();
  stream_->WroteFrame(SampleStream::Written::kReaderGone);
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kCancelled);
}

TEST_F(SampleStreamTest, TheDeadlineEndsTheStream) {
  ASSERT_EQ(Start(Request(1, 1000, 0), {.deadline = clock_.Now() + absl::Seconds(1)}), absl::OkStatus());
  Crank(1);
  clock_.Advance(absl::Seconds(2));
  Crank(2);
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kDeadlineExceeded);
}

// Protocols cancel calls at their deadlines too.
TEST_F(SampleStreamTest, ACallThatIsAbandonedAtItsDeadlineHasExceededIt) {
  ASSERT_EQ(Start(Request(1, 1000, 0), {.deadline = clock_.Now() + absl::Seconds(1)}), absl::OkStatus());
  Crank(1);
  clock_.Advance(absl::Seconds(1));
  stream_->Abandon();
  Crank(2);
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(SampleStreamTest, AFrameThatCannotBeEncodedEndsTheStream) {
  writer_.throws = true;
  ASSERT_EQ(Start(Request(2, 1000, 1)), absl::OkStatus());
  Crank(3);
  EXPECT_TRUE(model_->scheduler().Idle());
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(writer_.error->message()), HasSubstr("cannot encode"));
}

// Its chains have ended, and nothing is left to be cancelled.
TEST_F(SampleStreamTest, ALastFrameThatCannotBeEncodedIsAnErrorToo) {
  ASSERT_EQ(Start(Request(1, 1, 0)), absl::OkStatus());
  writer_.throws = true;
  model_->Crank(5);
  EXPECT_TRUE(model_->scheduler().Idle());
  delivery_.Deliver();
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(writer_.report.has_value());
}

TEST_F(SampleStreamTest, AReportThatCannotBeEncodedIsAnError) {
  ASSERT_EQ(Start(Request(1, 1, 0)), absl::OkStatus());
  Crank(3);
  writer_.throws = true;
  TakeFrame();
  ASSERT_TRUE(writer_.error.has_value());
  EXPECT_EQ(writer_.error->code(), absl::StatusCode::kInternal);
}

TEST_F(SampleStreamTest, ARefusedRequestWritesNothingAndHoldsNothing) {
  EXPECT_EQ(Start(Request(0, 1, 0)).code(), absl::StatusCode::kInvalidArgument);
  model_->start_error = absl::FailedPreconditionError("no states");
  EXPECT_EQ(Start(Request(1, 1, 0)), model_->start_error);
  model_->kernel_error = absl::FailedPreconditionError("no gradient");
  EXPECT_EQ(Start(Request(1, 1, 0)), model_->kernel_error);
  model_->kernel_error = model_->start_error = absl::OkStatus();
  model_->scheduler().StopAdmission();
  EXPECT_EQ(Start(Request(1, 1, 0)).code(), absl::StatusCode::kUnavailable);
  Crank(3);
  EXPECT_FALSE(writer_.ended());
  EXPECT_EQ(model_->memory().held(), 0U);
  EXPECT_TRUE(NoCallIsOpen());
}

TEST_F(SampleStreamTest, AStreamIsOpenUntilItsProtocolReleasesIt) {
  ASSERT_EQ(Start(Request(1, 1, 0)), absl::OkStatus());
  Crank(3);
  TakeAll();
  EXPECT_TRUE(writer_.ended());
  EXPECT_FALSE(NoCallIsOpen());
  stream_->Release();
  EXPECT_TRUE(NoCallIsOpen());
  EXPECT_EQ(model_->memory().held(), 0U);
}

// Besides what the scheduler holds for the task: the message, held values, and the frames that wait.
TEST_F(SampleStreamTest, HoldsItsMessageItsHeldValuesAndItsFrames) {
  constexpr uint64_t kFrame = 3 * 4 * sizeof(float);
  const auto held_by = [&](const SampleRequest& request, uint64_t message_bytes) {
    EXPECT_EQ(Start(request, {.message_bytes = message_bytes}), absl::OkStatus());
    const uint64_t held = model_->memory().held();
    stream_->Abandon();
    Crank(2);
    stream_->Release();
    writer_.Reset();
    EXPECT_EQ(model_->memory().held(), 0U);
    return held;
  };
  SampleRequest request = Request(3, 10, 1);
  const uint64_t plain = held_by(request, 0);
  EXPECT_GE(plain, FrameQueue::MostBytes(kFrame) + kFrame);
  EXPECT_EQ(held_by(request, 12345), plain + 12345);

  const OwnTensor start = FloatTensor({1, 4}, std::vector<float>(4));
  const OwnTensor mask = ByteTensor({4}, std::string("\0\1\0\0", 4));
  request.sampler.start = ChainStart::kGiven;
  request.start_states = start.view();
  request.held_coordinates = mask.view();
  EXPECT_EQ(held_by(request, 0), plain + 3 * 4 * sizeof(float) + 2 * 4) << "given values; a mask here and in the task";
}

// The worker is not held up by what the protocol does with a frame.
TEST_F(SampleStreamTest, WorkersDoNotWrite) {
  ASSERT_EQ(Start(Request(1, 2, 1)), absl::OkStatus());
  model_->Crank(5);
  EXPECT_TRUE(writer_.steps.empty());
  EXPECT_FALSE(writer_.ended());
  delivery_.Deliver();
  EXPECT_THAT(writer_.steps, ElementsAre(1));
}

// The delivery may still have the stream when its protocol has released it.
TEST_F(SampleStreamTest, AStreamThatHasEndedWritesNothingWhenItIsAdvanced) {
  ASSERT_EQ(Start(Request(1, 1, 0)), absl::OkStatus());
  model_->Crank(5);
  stream_->Abandon();
  EXPECT_TRUE(writer_.ended());
  stream_->Release();
  delivery_.Deliver();
  EXPECT_TRUE(writer_.steps.empty());
}

// A worker's thread computes, the delivery's write, and the reader's answers; for the thread sanitizer.
TEST_F(SampleStreamTest, AReaderOfItsOwnThreadTakesAllFrames) {
  constexpr uint32_t kSteps = 300;
  std::atomic<int> written = 0;
  writer_.wrote_frame = [&] { ++written; };
  DeliveryThreads delivery(2);
  CallParts parts = parts_;
  parts.delivery = &delivery;
  const auto stream = SampleStream::Start(model_, Request(1, kSteps, 1), parts, {}, &writer_);
  ASSERT_TRUE(stream.ok());
  stream_ = *stream;
  std::thread reader([&] {
    for (int taken = 0; !writer_.ended();) {
      if (taken == written) continue;
      ++taken;
      writer_.Done();
      stream_->WroteFrame(SampleStream::Written::kYes);
    }
  });
  while (!model_->scheduler().Idle()) model_->Crank(1);
  reader.join();
  EXPECT_THAT(writer_.steps, SizeIs(kSteps));
  EXPECT_TRUE(writer_.report.has_value());
}

TEST_F(SampleStreamTest, NotesWhatItDidAndHowLongItTook) {
  CallWork work;
  ASSERT_EQ(Start(Request(3, 2, 0), {.work = &work}), absl::OkStatus());
  EXPECT_EQ(work.queued, std::nullopt);
  clock_.Advance(absl::Milliseconds(4));
  Crank(1);
  clock_.Advance(absl::Milliseconds(6));
  Crank(2);
  EXPECT_EQ(work.model, "fake");
  EXPECT_EQ(work.version, "1");
  EXPECT_EQ(work.chains, 3);
  EXPECT_EQ(work.steps, 2);
  EXPECT_EQ(work.queued, absl::Milliseconds(4));
  EXPECT_EQ(work.computed, absl::Milliseconds(6));
  EXPECT_THAT(model_->events.refused, ::testing::IsEmpty());
  EXPECT_THAT(model_->events.broken, ::testing::IsEmpty());
  TakeAll();
}

TEST_F(SampleStreamTest, ReportsWhyItWasRefusedOrBrokenOff) {
  EXPECT_FALSE(Start(Request(0, 2, 0)).ok());
  EXPECT_FALSE(Start(Request(1, 2, 0), {.deadline = clock_.Now()}).ok());
  EXPECT_THAT(model_->events.refused, ElementsAre(Refusal::kInvalid, Refusal::kDeadline));
  ASSERT_EQ(Start(Request(1, 50, 0)), absl::OkStatus());
  stream_->Abandon();
  Crank(1);
  EXPECT_THAT(model_->events.broken, ElementsAre(Break::kCaller));
  writer_.Reset();
  ASSERT_EQ(Start(Request(1, 50, 0), {.deadline = clock_.Now() + absl::Seconds(1)}), absl::OkStatus());
  clock_.Advance(absl::Seconds(1));
  Crank(1);
  EXPECT_THAT(model_->events.broken, ElementsAre(Break::kCaller, Break::kDeadline));
}

}  // namespace
}  // namespace ebm::inference

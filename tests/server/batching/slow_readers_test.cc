// Back-pressure: a reader that is full or gone affects the chains of its own request only.

#include <algorithm>
#include <utility>

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

using SlowReadersTest = BatchingTest;
using Name = FakeChainEngine::Name;

TEST_F(SlowReadersTest, AFullSinkParksItsChainsWithoutASlotAndOthersContinue) {
  AddWorker(2);
  const auto slow = NewSink(0);
  const auto quick = NewSink();
  Submit(MakeSampleTask(1, 2, 10, 1), slow);
  Crank(1);
  EXPECT_EQ(scheduler_.Stats().parked_chains, 2);
  EXPECT_EQ(scheduler_.Stats().running_chains, 0);
  Submit(MakeSampleTask(2, 2, 4), quick);
  Crank(4);
  EXPECT_TRUE(quick->finished());
  EXPECT_THAT(slow->frames(), SizeIs(0));
  EXPECT_EQ(scheduler_.Stats().parked_chains, 2);
}

TEST_F(SlowReadersTest, AFullSinkIsNotOfferedAgainBeforeResume) {
  AddWorker(2);
  const auto sink = NewSink(0);
  const JobId id = Submit(MakeSampleTask(1, 4, 10, 1), sink);
  Crank(20);
  EXPECT_EQ(sink->offers(), 1);
  EXPECT_FALSE(workers_[0]->RunOnce()) << "a parked request needs no work";
  scheduler_.Resume(id);
  Crank(1);
  EXPECT_EQ(sink->offers(), 2);
}

TEST_F(SlowReadersTest, AResumedRequestContinuesBitForBit) {
  AddWorker(2);
  AddWorker(1);
  const SampleTask task = MakeSampleTask(1, 5, 9, 2);
  const auto sink = NewSink(0);
  const JobId id = Submit(task, sink);
  for (int i = 0; !scheduler_.Idle() && i < 200; ++i) {
    sink->SetRoom(1);
    scheduler_.Resume(id);
    Crank(2);
  }
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
  EXPECT_EQ(sink->summary().chains_finished, 5U);
  EXPECT_EQ(sink->summary().chain_steps, 45U);
}

TEST_F(SlowReadersTest, LaterFramesQueueBehindPendingOnes) {
  AddWorker(1);
  AddWorker(1);
  const SampleTask task = MakeSampleTask(1, 2, 2, 1);
  const auto sink = NewSink(1);
  const JobId id = Submit(task, sink);
  Crank(1);  // the sink takes chain 0 and is full for chain 1
  sink->SetRoom(FakeSink::kEndless);
  workers_[0]->RunOnce();  // chain 0 queues behind chain 1, though the sink has room by now
  EXPECT_EQ(sink->offers(), 2);
  EXPECT_EQ(scheduler_.Stats().parked_chains, 2);
  scheduler_.Resume(id);
  Crank(1);
  ASSERT_THAT(sink->frames(), SizeIs(4));
  EXPECT_THAT(sink->frames()[1].chains, ElementsAre(1));
  EXPECT_THAT(sink->frames()[2].chains, ElementsAre(0));
  CrankUntilIdle();
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(SlowReadersTest, ARequestHoldsAtMostOneFramePerChain) {
  for (int worker = 0; worker < 3; ++worker) AddWorker(2);
  const auto sink = NewSink(3);
  const JobId id = Submit(MakeSampleTask(1, 20, 100, 1), sink);
  for (int i = 0; i < 50; ++i) {
    Crank(1);
    scheduler_.Resume(id);  // although the sink has no room
  }
  EXPECT_EQ(scheduler_.Stats().parked_chains, 6);
  EXPECT_EQ(observer_.chain_steps, 6 + 6) << "one taken frame and one pending frame for each of six slots";
}

TEST_F(SlowReadersTest, NoFurtherChainsStartForAFullSink) {
  AddWorker(2);
  const SampleTask task = MakeSampleTask(1, 6, 3);
  const auto sink = NewSink(0);
  const JobId id = Submit(task, sink);
  Crank(20);
  EXPECT_EQ(scheduler_.Stats().parked_chains, 2);
  EXPECT_EQ(scheduler_.Stats().ready_chains, 4);
  sink->SetRoom(FakeSink::kEndless);
  scheduler_.Resume(id);
  CrankUntilIdle();
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(SlowReadersTest, FinalFramesWaitForTheReaderToo) {
  AddWorker(2);
  const SampleTask task = MakeSampleTask(1, 1, 3);
  const auto sink = NewSink(0);
  const JobId id = Submit(task, sink);
  Crank(10);
  EXPECT_FALSE(sink->finished());
  EXPECT_EQ(observer_.first_frames, 0);
  sink->SetRoom(1);
  scheduler_.Resume(id);
  Crank(1);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(observer_.first_frames, 1);
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
  EXPECT_EQ(sink->summary().chains_finished, 1U);
}

TEST_F(SlowReadersTest, AResumeBeforeKFullIsRecordedIsNotLost) {
  AddWorker(1);
  const SampleTask task = MakeSampleTask(1, 1, 3);
  const auto sink = NewSink(0);
  const JobId id = scheduler_.NewJobId();
  sink->during_offer = [this, id, raw = sink.get()] {
    if (raw->offers() == 1) raw->SetRoom(1);
    scheduler_.Resume(id);
  };
  SampleTask submitted = task;
  submitted.sink = sink;
  ASSERT_EQ(scheduler_.Submit(id, std::move(submitted)), absl::OkStatus());
  CrankUntilIdle();
  EXPECT_EQ(sink->offers(), 2);
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(SlowReadersTest, AResumeOfARequestThatIsNotParkedChangesNothing) {
  AddWorker(1);
  const SampleTask task = MakeSampleTask(1, 1, 4, 2);
  const auto sink = NewSink();
  const JobId id = Submit(task, sink);
  for (int i = 0; i < 4; ++i) {
    scheduler_.Resume(id);
    Crank(1);
  }
  scheduler_.Resume(id);
  scheduler_.Resume(id + 1);
  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(SlowReadersTest, AVanishedReaderFreesItsSlotsWithinOneStep) {
  AddWorker(2);
  AddWorker(2);
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 10, 100, 2), sink);
  Crank(1);
  sink->GoAway();
  Crank(1);
  EXPECT_EQ(sink->offers(), 1);
  Crank(1);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(sink->summary().status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(sink->summary().chains_finished, 0U);
  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_FALSE(workers_[0]->RunOnce());
}

TEST_F(SlowReadersTest, AReaderThatVanishesWhileParkedIsDetectedAtResume) {
  AddWorker(2);
  const auto sink = NewSink(0);
  const JobId id = Submit(MakeSampleTask(1, 5, 100, 1), sink);
  Crank(5);
  sink->GoAway();
  scheduler_.Resume(id);
  Crank(1);
  EXPECT_TRUE(sink->finished());
  EXPECT_TRUE(scheduler_.Idle());
}

TEST_F(SlowReadersTest, FramesThatAreRefusedAtTheSameTimeAreOfferedAgainInTheirOrder) {
  AddWorker(1);
  AddWorker(1);
  const auto sink = NewSink(0);
  bool first = true;
  sink->during_offer = [this, &first] {
    if (std::exchange(first, false)) workers_[1]->RunOnce();
  };
  const JobId id = Submit(MakeSampleTask(1, 2, 1), sink);
  Crank(1);
  ASSERT_EQ(scheduler_.Stats().parked_chains, 2);
  sink->SetRoom(FakeSink::kEndless);
  scheduler_.Resume(id);
  Crank(1);
  ASSERT_THAT(sink->frames(), SizeIs(2));
  EXPECT_THAT(sink->frames()[0].chains, ElementsAre(0));
}

// Its chains would otherwise fall out of step with one another, and then get a frame each.
TEST_F(SlowReadersTest, TwoWorkersOfferFramesOfOneRequestAtTheSameTime) {
  AddWorker(1);
  AddWorker(1);
  const SampleTask task = MakeSampleTask(1, 2, 3, 1);
  const auto sink = NewSink();
  int inside = 0;
  int most_inside = 0;
  sink->during_offer = [&] {
    most_inside = std::max(most_inside, ++inside);
    if (inside == 1) workers_[1]->RunOnce();
    EXPECT_EQ(scheduler_.Stats().parked_chains, 0);
    --inside;
  };
  Submit(task, sink);
  for (int round = 0; round < 3; ++round) workers_[0]->RunOnce();
  CrankUntilIdle();
  EXPECT_EQ(most_inside, 2);
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(SlowReadersTest, AResumeBetweenTwoRefusalsIsNotLost) {
  AddWorker(1);
  AddWorker(1);
  const SampleTask task = MakeSampleTask(1, 2, 1);
  const auto sink = NewSink(0);
  const JobId id = scheduler_.NewJobId();
  bool first = true;
  sink->during_offer = [&, raw = sink.get()] {
    if (!std::exchange(first, false)) return;
    workers_[1]->RunOnce();  // refused, and recorded
    scheduler_.Resume(id);   // before the first refusal is recorded
    raw->SetRoom(0);
  };
  SampleTask submitted = task;
  submitted.sink = sink;
  ASSERT_EQ(scheduler_.Submit(id, std::move(submitted)), absl::OkStatus());
  workers_[0]->RunOnce();
  sink->SetRoom(FakeSink::kEndless);
  CrankUntilIdle();
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(SlowReadersTest, AReaderThatVanishesWhileAnotherFrameIsTakenEndsTheRequest) {
  AddWorker(1);
  AddWorker(1);
  const auto sink = NewSink();
  bool first = true;
  sink->during_offer = [&, raw = sink.get()] {
    if (!std::exchange(first, false)) return;
    workers_[1]->RunOnce();  // taken
    raw->GoAway();
  };
  Submit(MakeSampleTask(1, 2, 100, 1), sink);
  workers_[0]->RunOnce();
  CrankUntilIdle();
  EXPECT_EQ(sink->summary().status.code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(sink->frames(), SizeIs(1));
}

}  // namespace
}  // namespace ebm::batching

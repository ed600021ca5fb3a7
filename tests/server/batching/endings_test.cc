// How requests are refused, and how they end early: by cancellation, by their deadline, or because the server stops.

#include <limits>
#include <utility>

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr QueueLimits kLimits = {.max_queued_chains = 10, .max_queued_rows = 8};

class EndingsTest : public BatchingTest {
 protected:
  EndingsTest() : BatchingTest(kLimits) {}

  absl::Status TrySubmit(SampleTask task) {
    task.sink = NewSink();
    return scheduler_.Submit(scheduler_.NewJobId(), std::move(task));
  }

  absl::Status TrySubmitRows(size_t values, SteadyTime deadline = SteadyTime::InfiniteFuture()) {
    RowTask task;
    task.rows.assign(values, 1.0F);
    task.deadline = deadline;
    task.done = [this](const absl::StatusOr<RowResult>& result) { row_endings_.push_back(result.status()); };
    last_rows_ = scheduler_.NewJobId();
    return scheduler_.SubmitRows(last_rows_, std::move(task));
  }

  const absl::Status why_ = absl::CancelledError("the caller cancelled");
  JobId last_rows_ = 0;
  std::vector<absl::Status> row_endings_;
};

// The limits are the process'.
TEST_F(EndingsTest, TheQueuesOfAllModelsShareTheirRoom) {
  AddWorker(2);
  ChainScheduler other(kShape, shared_);
  EXPECT_EQ(TrySubmit(MakeSampleTask(1, 6, 3)), absl::OkStatus());
  SampleTask task = MakeSampleTask(1, 5, 3);
  task.sink = NewSink();
  const absl::Status refused = other.Submit(other.NewJobId(), task);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("5 chains and the 6 already queued exceed the limit of 10"));
  CrankUntilIdle();
  EXPECT_EQ(other.Submit(other.NewJobId(), task), absl::OkStatus());
}

TEST_F(EndingsTest, AFullQueueRefusesRequestsAndStatesItsLimit) {
  AddWorker(2);
  EXPECT_EQ(TrySubmit(MakeSampleTask(1, 7, 3)), absl::OkStatus());
  const absl::Status full = TrySubmit(MakeSampleTask(2, 4, 3));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(full.message(), HasSubstr("4 chains"));
  EXPECT_THAT(full.message(), HasSubstr("limit of 10"));
  EXPECT_EQ(TrySubmit(MakeSampleTask(3, 3, 3)), absl::OkStatus());

  EXPECT_EQ(TrySubmitRows(8 * kDimension), absl::OkStatus());
  const absl::Status full_rows = TrySubmitRows(kDimension);
  EXPECT_EQ(full_rows.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(full_rows.message(), HasSubstr("limit of 8"));

  CrankUntilIdle();
  EXPECT_EQ(TrySubmit(MakeSampleTask(4, 10, 3)), absl::OkStatus());
  EXPECT_EQ(TrySubmitRows(8 * kDimension), absl::OkStatus());
}

TEST_F(EndingsTest, InconsistentSizesAreRefused) {
  SampleTask short_states = MakeSampleTask(1, 2, 3);
  short_states.states.pop_back();
  SampleTask short_mask = MakeSampleTask(1, 2, 3);
  short_mask.free_coordinates = {1, 1};
  const SampleTask no_chains = MakeSampleTask(1, 0, 3);
  const SampleTask no_steps = MakeSampleTask(1, 2, 0);
  SampleTask all_done = MakeSampleTask(1, 2, 3);
  all_done.first_step = 3;
  SampleTask no_settings = MakeSampleTask(1, 2, 3);
  no_settings.settings = nullptr;
  for (const SampleTask& task : {short_states, short_mask, no_chains, no_steps, all_done, no_settings}) {
    EXPECT_EQ(TrySubmit(task).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(TrySubmitRows(0).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TrySubmitRows(kDimension + 1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(scheduler_.Idle());
}

TEST_F(EndingsTest, TracesNeedSteps) {
  const auto traced = [](uint32_t steps, uint32_t after) {
    SampleTask task = MakeSampleTask(1, 2, steps);
    task.traced_after = after;
    return task;
  };
  constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();
  for (const auto& [steps, after] :
       {std::pair<uint32_t, uint32_t>{7, 0}, {20, 20}, {27, 20}, {20, 21}, {1, kMost}, {kMost, kMost}}) {
    const absl::Status refused = TrySubmit(traced(steps, after));
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << steps << " " << after;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("need at least 8 more"));
  }
  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_EQ(TrySubmit(traced(8, 0)), absl::OkStatus());
  EXPECT_EQ(TrySubmit(traced(28, 20)), absl::OkStatus());
}

TEST_F(EndingsTest, ADeadlineThatHasPassedIsRefused) {
  SampleTask task = MakeSampleTask(1, 1, 3);
  task.deadline = clock_.Now();
  EXPECT_EQ(TrySubmit(task).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(TrySubmitRows(kDimension, clock_.Now()).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(scheduler_.Idle());
}

TEST_F(EndingsTest, CancelEndsRunningAndReadyChainsWithinOneStep) {
  AddWorker(2);
  AddWorker(2);
  const auto sink = NewSink();
  const JobId id = Submit(MakeSampleTask(1, 10, 100), sink);
  Crank(3);
  scheduler_.Cancel(id, why_);
  scheduler_.Cancel(id, absl::UnavailableError("too late"));
  EXPECT_EQ(scheduler_.Stats().ready_chains, 0);
  EXPECT_FALSE(sink->finished()) << "only workers call sinks";
  Crank(1);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(sink->summary().status, why_);
  EXPECT_EQ(sink->summary().chain_steps, 4U * 3U);
  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_EQ(TrySubmit(MakeSampleTask(2, 10, 1)), absl::OkStatus()) << "the queue has its room back";
}

TEST_F(EndingsTest, CancelEndsParkedChainsAndDropsTheirFrames) {
  AddWorker(2);
  const auto sink = NewSink(0);
  const JobId id = Submit(MakeSampleTask(1, 2, 100, 1), sink);
  Crank(1);
  scheduler_.Cancel(id, why_);
  EXPECT_EQ(scheduler_.Stats().parked_chains, 0);
  Crank(1);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(sink->summary().status, why_);
  EXPECT_THAT(sink->frames(), SizeIs(0));
}

TEST_F(EndingsTest, CancelFromInsideTheSinkEndsTheRequest) {
  AddWorker(2);
  AddWorker(1);
  const auto sink = NewSink();
  const JobId id = scheduler_.NewJobId();
  sink->during_offer = [this, id] { scheduler_.Cancel(id, why_); };
  SampleTask task = MakeSampleTask(1, 3, 100, 1);
  task.sink = sink;
  ASSERT_EQ(scheduler_.Submit(id, std::move(task)), absl::OkStatus());
  Crank(2);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(sink->summary().status, why_);
  EXPECT_EQ(sink->offers(), 1);
}

TEST_F(EndingsTest, CancelFromInsideTheSinkDropsTheFramesBehind) {
  AddWorker(2);
  Submit(MakeSampleTask(1, 1, 1), NewSink());  // occupies a slot, so that the next request's chains are one step apart
  const auto sink = NewSink();
  const JobId id = scheduler_.NewJobId();
  sink->during_offer = [this, id, raw = sink.get()] {
    if (raw->frames().size() == 1) scheduler_.Cancel(id, why_);
  };
  SampleTask task = MakeSampleTask(2, 2, 100, 1);
  task.sink = sink;
  ASSERT_EQ(scheduler_.Submit(id, std::move(task)), absl::OkStatus());
  Crank(2);  // in the second round each chain has its own frame
  EXPECT_EQ(sink->offers(), 2);
  Crank(1);
  EXPECT_EQ(sink->offers(), 2);
  ASSERT_TRUE(sink->finished());
}

TEST_F(EndingsTest, CancelFromInsideTheSinkEndsChainsThatWereParked) {
  AddWorker(2);
  const auto sink = NewSink(0);
  const JobId id = scheduler_.NewJobId();
  sink->during_offer = [this, id, raw = sink.get()] {
    if (raw->offers() == 1) scheduler_.Cancel(id, why_);
  };
  SampleTask task = MakeSampleTask(1, 2, 100, 1);
  task.sink = sink;
  ASSERT_EQ(scheduler_.Submit(id, std::move(task)), absl::OkStatus());
  Crank(1);
  sink->SetRoom(1);
  scheduler_.Resume(id);
  Crank(1);
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(sink->summary().chain_steps, 2U);
}

TEST_F(EndingsTest, CancelOfUnknownAndEndedRequestsChangesNothing) {
  AddWorker(1);
  const auto sink = NewSink();
  scheduler_.Cancel(99, why_);
  const JobId id = Submit(MakeSampleTask(1, 1, 1), sink);
  Crank(1);
  scheduler_.Cancel(id, why_);
  Crank(1);
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
}

TEST_F(EndingsTest, CancellingARequestDoesNotAffectOthers) {
  AddWorker(4);
  const SampleTask task = MakeSampleTask(1, 2, 10, 3);
  const auto kept = NewSink();
  Submit(task, kept);
  const JobId cancelled = Submit(MakeSampleTask(2, 2, 10, 3), NewSink());
  Crank(4);
  scheduler_.Cancel(cancelled, why_);
  CrankUntilIdle();
  EXPECT_EQ(CheckedSteps(task, *kept), AllSteps(task));
}

TEST_F(EndingsTest, CancelEndsRows) {
  AddWorker(1);
  ASSERT_EQ(TrySubmitRows(kDimension), absl::OkStatus());
  scheduler_.Cancel(last_rows_, why_);
  EXPECT_EQ(scheduler_.Stats().queued_rows, 0);
  Crank(1);
  EXPECT_THAT(row_endings_, testing::ElementsAre(why_));
  EXPECT_EQ(observer_.rows, 0);
}

TEST_F(EndingsTest, CancelEndsRowsThatAreHalfDone) {
  AddWorker(1, 2);
  ASSERT_EQ(TrySubmitRows(5 * kDimension), absl::OkStatus());
  Crank(1);
  scheduler_.Cancel(last_rows_, why_);
  Crank(1);
  EXPECT_THAT(row_endings_, testing::ElementsAre(why_));
  EXPECT_EQ(observer_.rows, 2);
  EXPECT_TRUE(scheduler_.Idle());
}

TEST_F(EndingsTest, RowsCancelledWhileTheyAreEvaluatedEndOnceForTheFirstReason) {
  AddWorker(1, 2);
  ASSERT_EQ(TrySubmitRows(5 * kDimension), absl::OkStatus());
  row_engines_[0]->during_evaluate = [this] {
    scheduler_.Cancel(last_rows_, why_);
    scheduler_.Cancel(last_rows_, absl::UnavailableError("too late"));
    EXPECT_THAT(row_endings_, SizeIs(0)) << "the engine still works on them";
  };
  Crank(3);
  EXPECT_THAT(row_endings_, testing::ElementsAre(why_));
  EXPECT_EQ(observer_.rows, 2);
}

TEST_F(EndingsTest, DeadlinesEndReadyRunningParkedAndQueuedWorkWithinOneStep) {
  AddWorker(2, 1);
  const SteadyTime deadline = clock_.Now() + absl::Seconds(1);
  const auto parked = NewSink(0);
  Submit(MakeSampleTask(1, 2, 100, 1), parked, deadline);
  Crank(1);
  const auto running = NewSink();
  Submit(MakeSampleTask(2, 2, 100), running, deadline);
  Crank(1);
  const auto ready = NewSink();
  Submit(MakeSampleTask(3, 2, 100), ready, deadline);
  ASSERT_EQ(TrySubmitRows(4 * kDimension, deadline), absl::OkStatus());
  const auto unhurried = NewSink();
  Submit(MakeSampleTask(4, 1, 3), unhurried, deadline + absl::Hours(1));

  clock_.Advance(absl::Seconds(1));
  Crank(1);
  for (const auto& sink : {parked, running, ready}) {
    ASSERT_TRUE(sink->finished());
    EXPECT_EQ(sink->summary().status.code(), absl::StatusCode::kDeadlineExceeded);
  }
  EXPECT_EQ(ready->summary().queue_wait, absl::Seconds(1)) << "it waited from Submit to its end";
  ASSERT_THAT(row_endings_, SizeIs(1));
  EXPECT_EQ(row_endings_[0].code(), absl::StatusCode::kDeadlineExceeded);
  CrankUntilIdle();
  EXPECT_EQ(unhurried->summary().status, absl::OkStatus());
}

TEST_F(EndingsTest, DrainingRefusesNewWorkAndFinishesTheOld) {
  AddWorker(2);
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 5, 10), sink);
  scheduler_.StopAdmission();
  EXPECT_EQ(TrySubmit(MakeSampleTask(2, 1, 1)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(TrySubmitRows(kDimension).code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(scheduler_.WaitUntilIdle(clock_.Now()));
  CrankUntilIdle();
  EXPECT_TRUE(scheduler_.WaitUntilIdle(SteadyTime::InfiniteFuture()));
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
}

TEST_F(EndingsTest, TheSchedulerIsNotIdleBeforeFinishHasReturned) {
  AddWorker(1);
  bool idle_in_callback = true;
  RowTask task;
  task.rows.assign(kDimension, 1.0F);
  task.done = [&](const absl::StatusOr<RowResult>&) { idle_in_callback = scheduler_.Idle(); };
  ASSERT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(task)), absl::OkStatus());
  Crank(1);
  EXPECT_FALSE(idle_in_callback);
  EXPECT_TRUE(scheduler_.Idle());
}

TEST_F(EndingsTest, StopEndsEveryRequestWithItsStatus) {
  AddWorker(2, 1);
  const auto parked = NewSink(0);
  Submit(MakeSampleTask(1, 2, 100, 1), parked);
  Crank(1);
  const auto running = NewSink();
  Submit(MakeSampleTask(2, 3, 100), running);
  ASSERT_EQ(TrySubmitRows(3 * kDimension), absl::OkStatus());
  Crank(1);
  const absl::Status stopping = absl::UnavailableError("the server stops");
  scheduler_.Stop(stopping);
  CrankUntilIdle();
  EXPECT_EQ(parked->summary().status, stopping);
  EXPECT_EQ(running->summary().status, stopping);
  EXPECT_THAT(row_endings_, testing::ElementsAre(stopping));
  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_EQ(TrySubmit(MakeSampleTask(3, 1, 1)).code(), absl::StatusCode::kUnavailable);
}

// The fastest step of a tile of 2 took 10 ms: 1 chain of 10 steps needs 100 ms, and 8 chains in 2 slots need 400 ms.
TEST_F(EndingsTest, ADeadlineThatCannotBeMetIsRefusedAtOnce) {
  AddWorker(2);
  chain_engines_[0]->during_step = [this] { clock_.Advance(absl::Milliseconds(10)); };
  Submit(MakeSampleTask(1, 2, 3), NewSink());
  CrankUntilIdle();
  const auto submit = [this](uint32_t chains, absl::Duration left) {
    SampleTask task = MakeSampleTask(2, chains, 10);
    task.deadline = clock_.Now() + left;
    return TrySubmit(std::move(task));
  };
  const absl::Status late = submit(1, absl::Milliseconds(99));
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(late.message()), AllOf(testing::HasSubstr("1 chains of 10 steps"),
                                                 testing::HasSubstr("100ms"), testing::HasSubstr("99ms")));
  EXPECT_EQ(submit(8, absl::Milliseconds(399)).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(submit(1, absl::Milliseconds(100)), absl::OkStatus());
  EXPECT_EQ(submit(8, absl::Milliseconds(400)), absl::OkStatus());
  SampleTask continued = MakeSampleTask(3, 1, 10);
  continued.first_step = 9;
  continued.deadline = clock_.Now() + absl::Milliseconds(10);
  EXPECT_EQ(TrySubmit(continued), absl::OkStatus()) << "one step is left";
}

TEST_F(EndingsTest, NoDeadlineIsRefusedWhileTheSpeedIsUnknown) {
  AddWorker(2);
  SampleTask task = MakeSampleTask(1, 2, 1'000'000);
  task.deadline = clock_.Now() + absl::Nanoseconds(1);
  EXPECT_EQ(TrySubmit(std::move(task)), absl::OkStatus());
}

TEST_F(EndingsTest, StatsCountChainsAndRowsByState) {
  AddWorker(2, 1);
  Submit(MakeSampleTask(1, 2, 100, 1), NewSink(0));
  Crank(1);
  Submit(MakeSampleTask(2, 3, 100), NewSink());
  Crank(1);
  Submit(MakeSampleTask(3, 4, 100), NewSink());
  ASSERT_EQ(TrySubmitRows(5 * kDimension), absl::OkStatus());
  const SchedulerStats stats = scheduler_.Stats();
  EXPECT_EQ(stats.parked_chains, 2);
  EXPECT_EQ(stats.running_chains, 2);
  EXPECT_EQ(stats.ready_chains, 1 + 4);
  EXPECT_EQ(stats.queued_rows, 5);
  EXPECT_EQ(stats.queued_requests, 2);
}

}  // namespace
}  // namespace ebm::batching

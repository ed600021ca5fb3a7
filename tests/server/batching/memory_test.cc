// The memory that requests hold: it is reserved at admission, and comes back however a request ends.

#include <memory>
#include <string>

#include "server/batching/task_memory.h"
#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint64_t kMiB = uint64_t{1} << 20;

// A model of Fashion-MNIST's size; the request is the largest that the default limits allow.
constexpr uint32_t kPixels = 784;
constexpr uint32_t kManyChains = 1024;

SampleTask PixelTask(uint32_t chains, bool wants_traces) {
  SampleTask task;
  task.settings = std::make_shared<FakeSettings>();
  task.chains = chains;
  task.steps = 1000;
  task.states.resize(size_t{chains} * kPixels);
  if (wants_traces) task.traced_after = 0;
  return task;
}

RowTask MakeRowTask(size_t rows) {
  RowTask task;
  task.rows.assign(rows * kDimension, 1.0F);
  task.done = [](const absl::StatusOr<RowResult>&) {};
  return task;
}

class MemoryTest : public BatchingTest {
 protected:
  static constexpr uint64_t kLimit = 10'000;
  MemoryTest() : BatchingTest({}, kLimit) {}

  absl::Status TrySubmit(SampleTask task, std::shared_ptr<FakeSink> sink) {
    task.sink = std::move(sink);
    return scheduler_.Submit(scheduler_.NewJobId(), std::move(task));
  }

  absl::Status TrySubmitRows(size_t rows) { return scheduler_.SubmitRows(scheduler_.NewJobId(), MakeRowTask(rows)); }
};

TEST_F(MemoryTest, ATaskOverTheLimitIsRefusedAndChangesNothing) {
  AddWorker(2);
  const SampleTask large = MakeSampleTask(1, 100, 10);
  const auto sink = NewSink();
  const absl::Status refused = TrySubmit(large, sink);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("100 chains of 10 steps"), HasSubstr(std::to_string(BytesHeld(large, kDimension))),
                    HasSubstr("can never fit"), HasSubstr("limit of 10000")));
  const absl::Status refused_rows = TrySubmitRows(1000);
  EXPECT_EQ(refused_rows.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused_rows.message()), HasSubstr("1000 rows need"));

  EXPECT_TRUE(scheduler_.Idle());
  EXPECT_EQ(memory_.held(), 0U);
  EXPECT_EQ(scheduler_.Stats().ready_chains + scheduler_.Stats().queued_rows, 0);
  Crank(3);
  EXPECT_EQ(observer_.steps + observer_.rows, 0);
  EXPECT_FALSE(sink->finished()) << "a refused task's sink is not touched";
}

TEST_F(MemoryTest, ARefusedTaskFitsOnceAnotherHasFinished) {
  AddWorker(4);
  const SampleTask task = MakeSampleTask(1, 30, 3);
  ASSERT_GT(2 * BytesHeld(task, kDimension), kLimit);
  ASSERT_EQ(TrySubmit(task, NewSink()), absl::OkStatus());
  EXPECT_EQ(memory_.held(), BytesHeld(task, kDimension));
  EXPECT_EQ(TrySubmit(task, NewSink()).code(), absl::StatusCode::kResourceExhausted);
  CrankUntilIdle();
  EXPECT_EQ(memory_.held(), 0U);
  EXPECT_EQ(TrySubmit(task, NewSink()), absl::OkStatus());
}

TEST_F(MemoryTest, ComesBackWhenARequestIsCancelled) {
  AddWorker(2);
  const JobId running = Submit(MakeSampleTask(1, 10, 100), NewSink());
  Crank(1);
  scheduler_.Cancel(running, absl::CancelledError("the caller cancelled"));
  Crank(1);
  EXPECT_EQ(memory_.held(), 0U);

  const JobId parked = Submit(MakeSampleTask(2, 2, 100, 1), NewSink(0));
  Crank(1);
  EXPECT_GT(memory_.held(), 0U);
  scheduler_.Cancel(parked, absl::CancelledError("the caller cancelled"));
  Crank(1);
  EXPECT_EQ(memory_.held(), 0U);
}

TEST_F(MemoryTest, ComesBackWhenTheReaderVanishes) {
  AddWorker(2);
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 10, 100, 1), sink);
  Crank(1);
  EXPECT_GT(memory_.held(), 0U);
  sink->GoAway();
  Crank(2);
  EXPECT_TRUE(sink->finished());
  EXPECT_EQ(memory_.held(), 0U);
}

TEST_F(MemoryTest, ComesBackAtTheDeadlineAndWhenTheServerStops) {
  AddWorker(2);
  Submit(MakeSampleTask(1, 10, 100), NewSink(), clock_.Now() + absl::Seconds(1));
  Crank(1);
  clock_.Advance(absl::Seconds(1));
  Crank(1);
  EXPECT_EQ(memory_.held(), 0U);
  Submit(MakeSampleTask(2, 10, 100), NewSink());
  ASSERT_EQ(TrySubmitRows(10), absl::OkStatus());
  scheduler_.Stop(absl::UnavailableError("the server stops"));
  Crank(1);
  EXPECT_EQ(memory_.held(), 0U);
}

TEST_F(MemoryTest, OfRowsComesBackAfterTheirResult) {
  AddWorker(1, 4);
  uint64_t held_in_callback = 0;
  RowTask task = MakeRowTask(10);
  const uint64_t bytes = BytesHeld(task, kShape);
  task.done = [&](const absl::StatusOr<RowResult>& result) {
    EXPECT_TRUE(result.ok());
    held_in_callback = memory_.held();
  };
  ASSERT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(task)), absl::OkStatus());
  EXPECT_EQ(memory_.held(), bytes);
  CrankUntilIdle();
  EXPECT_EQ(held_in_callback, bytes);
  EXPECT_EQ(memory_.held(), 0U);
}

// A process with several models has one limit.
TEST_F(MemoryTest, IsSharedBySchedulers) {
  ChainScheduler other(kShape, shared_);
  ASSERT_EQ(TrySubmit(MakeSampleTask(1, 30, 3), NewSink()), absl::OkStatus());
  SampleTask task = MakeSampleTask(1, 30, 3);
  task.sink = NewSink();
  EXPECT_EQ(other.Submit(other.NewJobId(), std::move(task)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(other.Idle());
}

// Their result would need terabytes: allocating it would fail.
TEST_F(MemoryTest, ResultsOfRowsAreNotAllocatedBeforeAdmission) {
  constexpr int kManyClasses = 1 << 30;
  QueueRoom little({.max_queued_rows = 999});
  SharedParts shared = shared_;
  shared.room = &little;
  ChainScheduler full({.dimension = kDimension, .num_classes = kManyClasses}, shared);
  const absl::Status too_large = full.SubmitRows(full.NewJobId(), MakeRowTask(999));
  EXPECT_EQ(too_large.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(too_large.message()), HasSubstr("limit of 10000"));
  const absl::Status too_many = full.SubmitRows(full.NewJobId(), MakeRowTask(1000));
  EXPECT_EQ(too_many.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(too_many.message()), HasSubstr("limit of 999"));
}

// A chain with traces holds 43 KB, so 64 such requests, which the limit on chains would admit, would hold 2.8 GB.
TEST_F(MemoryTest, TheLargestRequestsWithTracesAreBounded) {
  MemoryBudget budget(256 * kMiB);
  ChainScheduler scheduler({.dimension = kPixels, .num_classes = kClasses},
                           {&clock_, &wake_up_, &observer_, &budget, &room_});
  int admitted = 0;
  while (admitted < 64) {
    SampleTask task = PixelTask(kManyChains, /*wants_traces=*/true);
    task.sink = NewSink();
    if (!scheduler.Submit(scheduler.NewJobId(), std::move(task)).ok()) break;
    ++admitted;
  }
  EXPECT_EQ(admitted, 5);
  EXPECT_LE(budget.held(), budget.limit());
}

TEST(TaskMemoryTest, CountsStatesFramesAndTraces) {
  const uint64_t plain = BytesHeld(PixelTask(kManyChains, false), kPixels);
  const uint64_t states_and_frames = uint64_t{kManyChains} * 2 * kPixels * sizeof(float);
  EXPECT_GE(plain, states_and_frames);
  EXPECT_LE(plain, states_and_frames + kManyChains * 512);

  const uint64_t traced = BytesHeld(PixelTask(kManyChains, true), kPixels);
  const uint64_t traces = uint64_t{kManyChains} * (48 * kPixels + 500 * sizeof(float));
  EXPECT_GE(traced, plain + traces);
  EXPECT_LE(traced, plain + traces + kManyChains * 64);
}

TEST(TaskMemoryTest, CountsTheResultsThatRowsWant) {
  RowTask task = MakeRowTask(100);
  const RowShape shape = {.dimension = kDimension, .num_classes = 1000, .hidden_units = 7};
  const uint64_t plain = BytesHeld(task, shape);
  EXPECT_GE(plain, 100 * (kDimension + 1000 + 1) * sizeof(float));
  task.wants_gradient_norm = true;
  EXPECT_EQ(BytesHeld(task, shape), plain + 100 * sizeof(float));
  task.wants_log_ratio = true;
  EXPECT_EQ(BytesHeld(task, shape), plain + 200 * sizeof(float));
  task.wants_hidden_means = true;
  EXPECT_EQ(BytesHeld(task, shape), plain + 900 * sizeof(float));
}

}  // namespace
}  // namespace ebm::batching

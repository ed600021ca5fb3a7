// Rounds in which nothing changes take no lock. A program of its own, since it counts the locks of the whole program.

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/batching/worker_pool.h"
#include "tests/server/batching/batching_fixture.h"
#include "tests/support/lock_count.h"

namespace ebm::batching {
namespace {

using LocksTest = BatchingTest;

constexpr uint32_t kEndlessSteps = 1U << 30;

// The sink keeps no frame, since none is due.
TEST_F(LocksTest, AQuietRoundTakesNoLock) {
  AddWorker(4);
  Submit(MakeSampleTask(1, 4, kEndlessSteps), NewSink(), clock_.Now() + absl::Hours(1));
  Crank(2);
  const int64_t before = CountLocks();
  ASSERT_GT(before, 0);
  Crank(100);
  EXPECT_EQ(CountLocks(), before);
}

// More chains wait than there are slots: turns end, but not in every round.
TEST_F(LocksTest, ARoundWithinATurnTakesNoLockWhileOthersWait) {
  AddWorker(4);
  Submit(MakeSampleTask(1, 8, kEndlessSteps), NewSink());
  Submit(MakeSampleTask(2, 8, kEndlessSteps), NewSink());
  Crank(1);
  const int64_t before = CountLocks();
  Crank(kTurnSteps - 2);
  EXPECT_EQ(CountLocks(), before);
  Crank(4);
  EXPECT_GT(CountLocks(), before) << "chains have yielded their slots";
}

// A request whose chains are alone in waiting does not yield to itself.
TEST_F(LocksTest, AChainThatHadItsTurnAsksWithoutALock) {
  AddWorker(4);
  Submit(MakeSampleTask(1, 8, kEndlessSteps), NewSink());
  Crank(kTurnSteps + 1);
  const int64_t before = CountLocks();
  Crank(100);
  EXPECT_EQ(CountLocks(), before);
}

TEST_F(LocksTest, APoolsThreadTakesNoLockEither) {
  const SteadyClock clock;
  WorkerPool pool(1, &clock);
  ChainScheduler scheduler(kShape, {&clock, pool.wake_up(), &observer_, &memory_, &room_});
  std::atomic<int64_t> rounds = 0;
  auto chains = std::make_unique<FakeChainEngine>(4, kDimension);
  chains->during_step = [&rounds] { ++rounds; };
  std::vector<std::unique_ptr<Worker>> workers;
  workers.push_back(
      std::make_unique<Worker>(&scheduler, std::move(chains), std::make_unique<FakeRowEngine>(4, kShape)));
  pool.Add(&scheduler, std::move(workers));
  SampleTask task = MakeSampleTask(1, 4, kEndlessSteps);
  task.sink = NewSink();
  ASSERT_EQ(scheduler.Submit(scheduler.NewJobId(), task), absl::OkStatus());
  const auto wait_for_rounds = [&](int64_t count) {
    for (const int64_t until = rounds + count; rounds < until;) std::this_thread::yield();
  };
  wait_for_rounds(10);
  const int64_t before = CountLocks();
  wait_for_rounds(1000);
  EXPECT_EQ(CountLocks(), before);
  scheduler.Stop(absl::UnavailableError("the test is over"));
  pool.Remove(&scheduler);
}

}  // namespace
}  // namespace ebm::batching

// Rounds in which nothing changes take no lock. A program of its own, since it counts the locks of the whole program.

#include <memory>

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
  FakeClock clock;
  WorkerPool pool(0, &clock);
  RunList run_list;
  auto worker = std::make_unique<Worker>(&scheduler_, std::make_unique<FakeChainEngine>(4, kDimension),
                                         std::make_unique<FakeRowEngine>(4, kDimension, kClasses));
  run_list.push_back(std::make_shared<ModelWorker>(ModelWorker{&scheduler_, std::move(worker), absl::ZeroDuration()}));
  Submit(MakeSampleTask(1, 4, kEndlessSteps), NewSink());
  ASSERT_TRUE(ServeLeastServed(run_list, clock));
  const int64_t before = CountLocks();
  for (int round = 0; round < 100; ++round) ServeLeastServed(run_list, clock);
  EXPECT_EQ(CountLocks(), before);
  scheduler_.Stop(absl::UnavailableError("the test is over"));
  while (ServeLeastServed(run_list, clock)) {
  }
}

}  // namespace
}  // namespace ebm::batching

// How one thread distributes its rounds over models, and how long a round is seen to take.

#include "server/batching/worker_pool.h"

#include <atomic>
#include <memory>
#include <vector>

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

// One of several models on one thread, whose rounds the test runs. A step of this model takes `step_time`.
class Model {
 public:
  Model(FakeClock* clock, absl::Duration step_time) {
    auto chains = std::make_unique<FakeChainEngine>(4, kDimension);
    chains->during_step = [clock, step_time] { clock->Advance(step_time); };
    auto rows = std::make_unique<FakeRowEngine>(4, kShape);
    scheduler_ = std::make_unique<ChainScheduler>(kShape, SharedParts{clock, &wake_up_, &observer_, &memory_, &room_});
    worker_ = std::make_shared<ModelWorker>(
        ModelWorker{scheduler_.get(), std::make_unique<Worker>(scheduler_.get(), std::move(chains), std::move(rows)),
                    absl::ZeroDuration()});
  }
  ~Model() {
    scheduler_->Stop(absl::UnavailableError("the test is over"));
    while (worker_->worker->RunOnce()) {
    }
  }

  // Submits more work than any test here finishes.
  void Fill() {
    SampleTask task = MakeSampleTask(1, 4, 1'000'000);
    task.sink = std::make_shared<FakeSink>();
    EXPECT_EQ(scheduler_->Submit(scheduler_->NewJobId(), std::move(task)), absl::OkStatus());
  }

  const std::shared_ptr<ModelWorker>& worker() const { return worker_; }
  int64_t steps() const { return observer_.steps; }

 private:
  WakeUp wake_up_;
  CountingObserver observer_;
  MemoryBudget memory_{uint64_t{1} << 30};
  QueueRoom room_;
  std::unique_ptr<ChainScheduler> scheduler_;
  std::shared_ptr<ModelWorker> worker_;
};

class WorkerPoolTest : public testing::Test {
 protected:
  FakeClock clock_;
};

TEST_F(WorkerPoolTest, BusyModelsGetEqualTimeWhateverTheirSteps) {
  Model slow(&clock_, absl::Milliseconds(10));
  Model quick(&clock_, absl::Milliseconds(1));
  slow.Fill();
  quick.Fill();
  RunList run_list = {slow.worker(), quick.worker()};
  for (int round = 0; round < 1100; ++round) ASSERT_TRUE(ServeLeastServed(run_list, clock_));
  EXPECT_NEAR(slow.steps(), 100, 1);
  EXPECT_NEAR(quick.steps(), 1000, 10);
}

TEST_F(WorkerPoolTest, AModelAloneGetsEveryRound) {
  Model busy(&clock_, absl::Milliseconds(1));
  Model idle(&clock_, absl::Milliseconds(1));
  busy.Fill();
  RunList run_list = {busy.worker(), idle.worker()};
  for (int round = 0; round < 100; ++round) ASSERT_TRUE(ServeLeastServed(run_list, clock_));
  EXPECT_EQ(busy.steps(), 100);
  EXPECT_EQ(idle.steps(), 0);
}

TEST_F(WorkerPoolTest, AnIdleModelGainsNoCredit) {
  Model busy(&clock_, absl::Milliseconds(1));
  Model late(&clock_, absl::Milliseconds(1));
  busy.Fill();
  RunList run_list = {busy.worker(), late.worker()};
  for (int round = 0; round < 1000; ++round) ASSERT_TRUE(ServeLeastServed(run_list, clock_));
  late.Fill();
  for (int round = 0; round < 100; ++round) ASSERT_TRUE(ServeLeastServed(run_list, clock_));
  EXPECT_NEAR(late.steps(), 50, 1);
}

TEST_F(WorkerPoolTest, ReturnsTheTimeOfTheRound) {
  Model busy(&clock_, absl::Milliseconds(7));
  busy.Fill();
  RunList run_list = {busy.worker()};
  EXPECT_EQ(ServeLeastServed(run_list, clock_), absl::Milliseconds(7));
}

TEST_F(WorkerPoolTest, ReturnsNothingWhenThereIsNothingToDo) {
  Model idle(&clock_, absl::Milliseconds(1));
  RunList run_list = {idle.worker()};
  EXPECT_FALSE(ServeLeastServed(run_list, clock_));
  run_list.clear();
  EXPECT_FALSE(ServeLeastServed(run_list, clock_));
}

// A thread whose step does not end until the test lets it.
TEST_F(WorkerPoolTest, ARoundThatDoesNotEndIsSeenToGetLonger) {
  std::atomic<bool> in_step = false;
  std::atomic<bool> may_end = false;
  auto chains = std::make_unique<FakeChainEngine>(4, kDimension);
  chains->during_step = [&] {
    in_step = true;
    in_step.notify_one();
    may_end.wait(false);
  };
  CountingObserver observer;
  MemoryBudget memory(uint64_t{1} << 30);
  QueueRoom room;
  WorkerPool pool(1, &clock_);
  ChainScheduler scheduler(kShape, {&clock_, pool.wake_up(), &observer, &memory, &room});
  std::vector<std::unique_ptr<Worker>> workers;
  workers.push_back(
      std::make_unique<Worker>(&scheduler, std::move(chains), std::make_unique<FakeRowEngine>(4, kShape)));
  pool.Add(&scheduler, std::move(workers));
  EXPECT_EQ(pool.LongestRound(), absl::ZeroDuration());

  SampleTask task = MakeSampleTask(1, 1, /*steps=*/1);
  task.sink = std::make_shared<FakeSink>();
  ASSERT_EQ(scheduler.Submit(scheduler.NewJobId(), std::move(task)), absl::OkStatus());
  in_step.wait(false);
  clock_.Advance(absl::Seconds(61));
  EXPECT_EQ(pool.LongestRound(), absl::Seconds(61));
  may_end = true;
  may_end.notify_one();
  scheduler.WaitUntilIdle(SteadyTime::InfiniteFuture());
  scheduler.Stop(absl::UnavailableError("the test is over"));
  pool.Remove(&scheduler);
  EXPECT_EQ(pool.LongestRound(), absl::ZeroDuration());
}

}  // namespace
}  // namespace ebm::batching

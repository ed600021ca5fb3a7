// How one thread deals its rounds to the models it works for.

#include "server/batching/worker_pool.h"

#include <memory>
#include <vector>

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

// One of several models on a thread that the test cranks. A step of it takes `step_time`.
class Model {
 public:
  Model(FakeClock* clock, absl::Duration step_time) {
    auto chains = std::make_unique<FakeChainEngine>(4, kDimension);
    chains->during_step = [clock, step_time] { clock->Advance(step_time); };
    auto rows = std::make_unique<FakeRowEngine>(4, kDimension, kClasses);
    scheduler_ =
        std::make_unique<ChainScheduler>(kDimension, kClasses, SchedulerLimits(), clock, &doorbell_, &observer_);
    lane_ = std::make_shared<Lane>(Lane{scheduler_.get(),
                                        std::make_unique<Worker>(scheduler_.get(), std::move(chains), std::move(rows)),
                                        absl::ZeroDuration()});
  }
  ~Model() {
    scheduler_->Stop(absl::UnavailableError("the test is over"));
    while (lane_->worker->RunOnce()) {
    }
  }

  // More work than any test here gets done.
  void Fill() {
    SampleTask task = MakeSampleTask(1, 4, 1'000'000);
    task.sink = std::make_shared<FakeSink>();
    EXPECT_EQ(scheduler_->Submit(scheduler_->NewJobId(), std::move(task)), absl::OkStatus());
  }

  const std::shared_ptr<Lane>& lane() const { return lane_; }
  int64_t steps() const { return observer_.steps; }

 private:
  Doorbell doorbell_;
  CountingObserver observer_;
  std::unique_ptr<ChainScheduler> scheduler_;
  std::shared_ptr<Lane> lane_;
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
  std::vector<std::shared_ptr<Lane>> lanes = {slow.lane(), quick.lane()};
  for (int round = 0; round < 1100; ++round) ASSERT_TRUE(ServeLeastServed(lanes, clock_));
  EXPECT_NEAR(slow.steps(), 100, 1);
  EXPECT_NEAR(quick.steps(), 1000, 10);
}

TEST_F(WorkerPoolTest, AModelAloneGetsEveryRound) {
  Model busy(&clock_, absl::Milliseconds(1));
  Model idle(&clock_, absl::Milliseconds(1));
  busy.Fill();
  std::vector<std::shared_ptr<Lane>> lanes = {busy.lane(), idle.lane()};
  for (int round = 0; round < 100; ++round) ASSERT_TRUE(ServeLeastServed(lanes, clock_));
  EXPECT_EQ(busy.steps(), 100);
  EXPECT_EQ(idle.steps(), 0);
}

TEST_F(WorkerPoolTest, WhoWasIdleGainsNoCredit) {
  Model busy(&clock_, absl::Milliseconds(1));
  Model late(&clock_, absl::Milliseconds(1));
  busy.Fill();
  std::vector<std::shared_ptr<Lane>> lanes = {busy.lane(), late.lane()};
  for (int round = 0; round < 1000; ++round) ASSERT_TRUE(ServeLeastServed(lanes, clock_));
  late.Fill();
  for (int round = 0; round < 100; ++round) ASSERT_TRUE(ServeLeastServed(lanes, clock_));
  EXPECT_NEAR(late.steps(), 50, 1);
}

TEST_F(WorkerPoolTest, SaysWhenThereIsNothingToDo) {
  Model idle(&clock_, absl::Milliseconds(1));
  std::vector<std::shared_ptr<Lane>> lanes = {idle.lane()};
  EXPECT_FALSE(ServeLeastServed(lanes, clock_));
  lanes.clear();
  EXPECT_FALSE(ServeLeastServed(lanes, clock_));
}

}  // namespace
}  // namespace ebm::batching

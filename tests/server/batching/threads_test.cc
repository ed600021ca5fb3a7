// Real threads: a pool's workers, and callers that submit, stall, resume and cancel. Meant to be run under the thread
// sanitizer; the results are checked as well.

#include <atomic>
#include <optional>
#include <random>
#include <thread>

#include "server/batching/worker_pool.h"
#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

// Far longer than any passing run needs.
constexpr absl::Duration kPatience = absl::Seconds(60);

class ThreadsTest : public ::testing::Test {
 protected:
  std::vector<std::unique_ptr<Worker>> MakeWorkers(int count, int slots) {
    std::vector<std::unique_ptr<Worker>> workers;
    workers.reserve(count);
    for (int i = 0; i < count; ++i) {
      workers.push_back(std::make_unique<Worker>(&*scheduler_, std::make_unique<FakeChainEngine>(slots, kDimension),
                                                 std::make_unique<FakeRowEngine>(4, kShape)));
    }
    return workers;
  }

  SharedParts SharedBy(WorkerPool& pool) { return {&clock_, pool.wake_up(), &observer_, &memory_, &room_}; }

  // A pool that runs workers of scheduler_ until Retire.
  std::unique_ptr<WorkerPool> MakePool(int threads, int slots) {
    auto pool = std::make_unique<WorkerPool>(threads, &clock_);
    scheduler_.emplace(kShape, SharedBy(*pool));
    pool->Add(&*scheduler_, MakeWorkers(threads, slots));
    return pool;
  }

  void Retire(WorkerPool& pool) {
    scheduler_->Stop(stopping_);
    pool.Remove(&*scheduler_);
  }

  bool WaitUntilIdle() { return scheduler_->WaitUntilIdle(clock_.Now() + kPatience); }

  // The statuses that threads share outlive the threads, so that the last reference is dropped in code that the
  // sanitizer sees, and not inside the prebuilt Abseil.
  const absl::Status stopping_ = absl::UnavailableError("the server stops");
  const absl::Status cancelled_ = absl::CancelledError("by chance");
  SteadyClock clock_;
  CountingObserver observer_;
  MemoryBudget memory_{uint64_t{1} << 30};
  QueueRoom room_;
  std::optional<ChainScheduler> scheduler_;
};

// A request that one thread sent.
struct Sent {
  SampleTask task;
  std::shared_ptr<FakeSink> sink;
  bool cancelled = false;
};

// One thread of callers: sends requests of every kind, and cancels or resumes random ones of them.
class Caller {
 public:
  Caller(ChainScheduler* scheduler, const absl::Status& cancelled, uint32_t seed)
      : scheduler_(scheduler), cancelled_(cancelled), seed_(seed), random_(seed) {}

  void Run(int requests) {
    for (int i = 0; i < requests; ++i) {
      SendSample(i);
      SendRows();
      if (!live_.empty()) Disturb(live_[random_() % live_.size()]);
    }
    for (const auto& [id, index] : live_) {
      sent_[index].sink->SetRoom(FakeSink::kEndless);
      scheduler_->Resume(id);
    }
  }

  const std::vector<Sent>& sent() const { return sent_; }
  int rows_sent() const { return rows_sent_; }
  int rows_done() const { return rows_done_; }

 private:
  void SendSample(int i) {
    const uint32_t steps = 1 + random_() % (i % 8 == 0 ? 3 * kTurnSteps : 12);
    SampleTask task = MakeSampleTask(seed_ * 1000 + i, 1 + random_() % 12, steps, random_() % 4);
    const auto sink = std::make_shared<FakeSink>(i % 3 == 0 ? static_cast<int>(random_() % 3) : FakeSink::kEndless);
    sent_.push_back({task, sink});
    const JobId id = scheduler_->NewJobId();
    live_.emplace_back(id, sent_.size() - 1);
    task.sink = sink;
    EXPECT_EQ(scheduler_->Submit(id, std::move(task)), absl::OkStatus());
  }

  void SendRows() {
    RowTask task;
    task.rows.assign((1 + random_() % 9) * kDimension, 0.5F);
    task.wants_gradient_norm = random_() % 2 == 0;
    task.wants_log_ratio = random_() % 2 == 0;
    task.done = [this](const absl::StatusOr<RowResult>& result) { rows_done_ += result.ok() ? 1 : 0; };
    ++rows_sent_;
    EXPECT_EQ(scheduler_->SubmitRows(scheduler_->NewJobId(), std::move(task)), absl::OkStatus());
  }

  void Disturb(std::pair<JobId, size_t> request) {
    const auto [id, index] = request;
    if (random_() % 8 == 0) {
      sent_[index].cancelled = true;
      return scheduler_->Cancel(id, cancelled_);
    }
    sent_[index].sink->SetRoom(static_cast<int>(random_() % 3));
    scheduler_->Resume(id);
  }

  ChainScheduler* const scheduler_;
  const absl::Status& cancelled_;
  const uint32_t seed_;
  std::mt19937 random_;
  std::vector<std::pair<JobId, size_t>> live_;  // id and index in sent_
  std::vector<Sent> sent_;
  int rows_sent_ = 0;
  std::atomic<int> rows_done_ = 0;
};

TEST_F(ThreadsTest, ConcurrentCallersGetTheResultsOfChainsComputedAlone) {
  const auto pool = MakePool(4, 5);
  std::vector<std::unique_ptr<Caller>> callers;
  for (uint32_t seed = 1; seed <= 3; ++seed) {
    callers.push_back(std::make_unique<Caller>(&*scheduler_, cancelled_, seed));
  }
  std::vector<std::thread> threads;
  threads.reserve(callers.size());
  for (const auto& caller : callers) threads.emplace_back([&caller] { caller->Run(150); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(WaitUntilIdle());
  Retire(*pool);
  for (const auto& caller : callers) {
    EXPECT_EQ(caller->rows_done(), caller->rows_sent());
    for (const Sent& sent : caller->sent()) {
      ASSERT_TRUE(sent.sink->finished());
      const auto steps = CheckedSteps(sent.task, *sent.sink);
      if (sent.sink->summary().status.ok()) {
        EXPECT_EQ(steps, AllSteps(sent.task));
      } else {
        EXPECT_TRUE(sent.cancelled) << sent.sink->summary().status;
      }
    }
  }
}

TEST_F(ThreadsTest, StopWhileWorkersRunFinishesEveryRequestOnce) {
  const auto pool = MakePool(3, 4);
  std::vector<std::shared_ptr<FakeSink>> sinks;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SampleTask task = MakeSampleTask(seed, 5, 1'000'000, 1000);
    task.sink = sinks.emplace_back(std::make_shared<FakeSink>(seed % 2 == 0 ? 1 : FakeSink::kEndless));
    ASSERT_EQ(scheduler_->Submit(scheduler_->NewJobId(), std::move(task)), absl::OkStatus());
  }
  Retire(*pool);
  EXPECT_TRUE(scheduler_->Idle());
  for (const auto& sink : sinks) {
    ASSERT_TRUE(sink->finished());
    EXPECT_EQ(sink->summary().status, stopping_);
  }
}

TEST_F(ThreadsTest, IdleWorkersWakeForADeadline) {
  const auto pool = MakePool(2, 4);
  const auto sink = std::make_shared<FakeSink>(0);
  SampleTask task = MakeSampleTask(1, 2, 100, 1);
  task.sink = sink;
  task.deadline = clock_.Now() + absl::Milliseconds(50);
  ASSERT_EQ(scheduler_->Submit(scheduler_->NewJobId(), std::move(task)), absl::OkStatus());
  EXPECT_TRUE(WaitUntilIdle());  // parked after one step; nothing but its deadline ends it
  EXPECT_EQ(sink->summary().status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LE(observer_.steps, 2);
  Retire(*pool);
}

TEST_F(ThreadsTest, AModelWithNothingToDoCanBeRemoved) {
  const auto pool = MakePool(3, 4);
  Retire(*pool);
}

// A second model is added, serves one request and is removed, 20 times, while the first model runs.
TEST_F(ThreadsTest, ModelsAreAddedAndRemovedWhileOthersRun) {
  const auto pool = MakePool(2, 4);
  Caller caller(&*scheduler_, cancelled_, 9);
  std::thread thread([&caller] { caller.Run(150); });
  for (uint64_t seed = 0; seed < 20; ++seed) {
    ChainScheduler guest(kShape, SharedBy(*pool));
    std::vector<std::unique_ptr<Worker>> workers;
    workers.reserve(2);
    for (int i = 0; i < 2; ++i) {
      workers.push_back(std::make_unique<Worker>(&guest, std::make_unique<FakeChainEngine>(3, kDimension),
                                                 std::make_unique<FakeRowEngine>(4, kShape)));
    }
    pool->Add(&guest, std::move(workers));
    const SampleTask task = MakeSampleTask(seed, 5, 30, 7);
    const auto sink = std::make_shared<FakeSink>();
    SampleTask submitted = task;
    submitted.sink = sink;
    ASSERT_EQ(guest.Submit(guest.NewJobId(), std::move(submitted)), absl::OkStatus());
    EXPECT_TRUE(guest.WaitUntilIdle(clock_.Now() + kPatience));
    EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
    guest.Stop(stopping_);
    pool->Remove(&guest);
  }
  thread.join();
  EXPECT_TRUE(WaitUntilIdle());
  Retire(*pool);
}

}  // namespace
}  // namespace ebm::batching

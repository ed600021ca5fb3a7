#include "server/batching/chain_queue.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/batching/row_queue.h"
#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

// The oracle of stats(): walks all jobs.
SchedulerStats Recounted(const ChainQueue& queue) {
  SchedulerStats stats;
  for (const auto& [id, job] : queue.jobs()) stats += job->stats();
  return stats;
}

// Jobs in a queue, changed at random as workers and readers change them.
class RandomChanges {
 public:
  static constexpr int kJobs = 4;
  static constexpr uint32_t kChains = 5;

  RandomChanges() {
    for (JobId id = 0; id < kJobs; ++id) {
      const SampleTask task = MakeSampleTask(id, kChains, 10);
      jobs_.push_back(std::make_shared<SampleJob>(id, task, kDimension, SteadyTime::InfiniteFuture()));
      queue_.Add(jobs_.back());
    }
  }

  void Admit() {
    for (uint32_t most = random_() % 4; most > 0; --most) {
      if (std::optional<ReadyChain> taken = queue_.TakeReady(SteadyTime())) running_.push_back(*std::move(taken));
    }
  }
  // A frame of one chain that waits for its reader.
  void Park() {
    if (running_.empty()) return;
    const ReadyChain left = std::exchange(running_[random_() % running_.size()], running_.back());
    running_.pop_back();
    left.job->LeaveSlots(1);
    left.job->Park({.chains = {left.chain}});
    queue_.Place(left.job);
  }
  void OfferPending() {
    const SampleJobPtr& job = AnyJob();
    if (!job->deliverable()) return;
    Frame frame = job->StartPendingOffer();
    const uint64_t resumes = job->resumes();
    const std::vector<uint32_t> chains = frame.chains;
    const bool taken = random_() % 2 == 0;
    job->EndOffer(taken ? OfferResult::kTaken : OfferResult::kFull, resumes, std::move(frame));
    if (taken) job->MakeReady(chains);
    queue_.Place(job);
  }
  void Resume() {
    const SampleJobPtr& job = AnyJob();
    job->Resume();
    queue_.Place(job);
  }
  void Change() {
    using Kind = void (RandomChanges::*)();
    constexpr Kind kKinds[] = {&RandomChanges::Admit, &RandomChanges::Park, &RandomChanges::OfferPending,
                               &RandomChanges::Resume};
    (this->*kKinds[random_() % std::size(kKinds)])();
  }
  void EndAll() {
    for (const ReadyChain& chain : running_) chain.job->LeaveSlots(1);
    for (const SampleJobPtr& job : jobs_) {
      job->End(absl::CancelledError("the test is over"));
      queue_.Place(job);
      queue_.Remove(job);
    }
  }

  const ChainQueue& queue() const { return queue_; }

 private:
  const SampleJobPtr& AnyJob() { return jobs_[random_() % jobs_.size()]; }

  std::minstd_rand random_{7};
  ChainQueue queue_;
  std::vector<SampleJobPtr> jobs_;
  std::vector<ReadyChain> running_;
};

TEST(ChainQueueTest, StatsAreThoseOfAllJobsAfterEveryChange) {
  RandomChanges changes;
  EXPECT_EQ(changes.queue().stats().queued_requests, RandomChanges::kJobs);
  EXPECT_EQ(changes.queue().stats().ready_chains, RandomChanges::kJobs * RandomChanges::kChains);
  int64_t most_parked = 0;
  for (int change = 0; change < 2000; ++change) {
    changes.Change();
    ASSERT_EQ(changes.queue().stats(), Recounted(changes.queue())) << "after change " << change;
    most_parked = std::max(most_parked, changes.queue().stats().parked_chains);
  }
  EXPECT_GT(most_parked, 3);
  changes.EndAll();
  EXPECT_EQ(changes.queue().stats(), SchedulerStats());
}

TEST(RowQueueTest, CountsWaitingRowsAndUntouchedJobs) {
  RowQueue queue;
  const auto add = [&](JobId id, size_t rows) {
    const auto job = std::make_shared<RowJob>(id, RowTask{.rows = std::vector<float>(rows)}, rows, SteadyTime());
    queue.Add(job);
    return job;
  };
  const RowJobPtr large = add(1, 10);
  const RowJobPtr small = add(2, 1);
  EXPECT_EQ(queue.waiting_rows(), 11U);
  EXPECT_EQ(queue.untouched_jobs(), 2U);
  queue.Take(4);
  EXPECT_EQ(queue.waiting_rows(), 7U);
  EXPECT_EQ(queue.untouched_jobs(), 1U);
  queue.End(large, absl::CancelledError("gone"));
  EXPECT_EQ(queue.waiting_rows(), 1U) << "the rows of a job that has ended wait for nobody";
  queue.End(small, absl::CancelledError("gone"));
  EXPECT_EQ(queue.waiting_rows(), 0U);
  EXPECT_EQ(queue.untouched_jobs(), 0U);
  EXPECT_FALSE(queue.HasWork());
}

}  // namespace
}  // namespace ebm::batching

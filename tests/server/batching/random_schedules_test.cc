// Any schedule gives the same results. Each seed gives a schedule of random submissions, cancellations, slow and
// vanishing readers, deadlines, and one to three workers. Every chain is compared with the same chain computed alone.
// The memory for requests is small, so some are refused; what the others hold never exceeds the limit.

#include <algorithm>
#include <random>

#include "server/batching/task_memory.h"
#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using Steps = std::vector<uint32_t>;

constexpr uint64_t kMemory = 20'000;  // enough for a few requests at a time

class RandomSchedulesTest : public BatchingTest, public ::testing::WithParamInterface<uint32_t> {
 protected:
  RandomSchedulesTest() : BatchingTest({}, kMemory) {}

  struct Request {
    JobId id;
    SampleTask task;
    std::shared_ptr<FakeSink> sink;
    bool may_end_early = false;
  };

  // Uniform in [low, high].
  uint32_t Draw(uint32_t low, uint32_t high) { return std::uniform_int_distribution<uint32_t>(low, high)(random_); }
  bool OneIn(uint32_t n) { return Draw(1, n) == 1; }
  Request& AnyRequest() { return requests_[Draw(0, static_cast<uint32_t>(requests_.size()) - 1)]; }

  // A submission is refused if and only if there is no memory for it. Returns whether it was admitted.
  bool ExpectAdmittedIfThereIsMemory(const absl::Status& submitted, uint64_t bytes, uint64_t held_before) {
    const bool fits = bytes <= kMemory - held_before;
    EXPECT_EQ(submitted.code(), fits ? absl::StatusCode::kOk : absl::StatusCode::kResourceExhausted) << submitted;
    EXPECT_EQ(memory_.held(), held_before + (fits ? bytes : 0));
    refused_ += fits ? 0 : 1;
    return submitted.ok();
  }

  void SubmitSample() {
    const uint64_t seed = requests_.size();
    const uint32_t steps = OneIn(4) ? Draw(1, 3 * kTurnSteps) : Draw(1, 12);
    SampleTask task = MakeSampleTask(seed, Draw(1, 9), steps, Draw(0, 4));
    if (steps >= TraceWindow::kFewestSteps && OneIn(4)) task.traced_after = 0;
    const auto sink = NewSink(OneIn(3) ? static_cast<int>(Draw(0, 3)) : FakeSink::kEndless);
    const bool hurried = OneIn(6);
    const JobId id = scheduler_.NewJobId();
    SampleTask submitted = task;
    submitted.sink = sink;
    if (hurried) submitted.deadline = clock_.Now() + absl::Milliseconds(Draw(1, 30));
    const uint64_t held = memory_.held();
    const uint64_t bytes = BytesHeld(task, kDimension);
    if (!ExpectAdmittedIfThereIsMemory(scheduler_.Submit(id, std::move(submitted)), bytes, held)) return;
    requests_.push_back({id, task, sink, hurried});
  }

  void SubmitRows() {
    RowTask task;
    task.rows.assign(static_cast<size_t>(Draw(1, 9)) * kDimension, 0.5F);
    task.wants_gradient_norm = OneIn(2);
    task.wants_log_ratio = OneIn(2);
    task.done = [this](const absl::StatusOr<RowResult>&) { ++rows_done_; };
    const uint64_t held = memory_.held();
    const uint64_t bytes = BytesHeld(task, kShape);
    const absl::Status submitted = scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(task));
    if (ExpectAdmittedIfThereIsMemory(submitted, bytes, held)) ++rows_submitted_;
  }

  void Disturb(Request& request) {
    switch (Draw(0, 9)) {
      case 0:
        request.may_end_early = true;
        return scheduler_.Cancel(request.id, absl::CancelledError("by chance"));
      case 1:
        request.may_end_early = true;
        return request.sink->GoAway();
      default:
        request.sink->SetRoom(static_cast<int>(Draw(0, 3)));
        return scheduler_.Resume(request.id);
    }
  }

  void ExpectRight(const Request& request) {
    ASSERT_TRUE(request.sink->finished());
    const SampleSummary summary = request.sink->summary();
    auto seen = CheckedSteps(request.task, *request.sink);
    auto expected = AllSteps(request.task);
    for (const DivergedChain& lost : summary.diverged) {
      EXPECT_EQ(diverging_.at({FakeSettingsOf(*request.task.settings).seed, lost.chain}), lost.step);
      Steps& steps = expected[lost.chain];
      steps.erase(std::lower_bound(steps.begin(), steps.end(), lost.step), steps.end());
      if (steps.empty()) expected.erase(lost.chain);
    }
    if (summary.status.ok()) {
      EXPECT_EQ(seen, expected);
      EXPECT_EQ(summary.chains_finished + summary.diverged.size(), request.task.chains);
    } else {
      EXPECT_TRUE(request.may_end_early) << summary.status;
      for (const auto& [chain, steps] : seen) {
        ASSERT_LE(steps.size(), expected[chain].size());
        EXPECT_TRUE(std::equal(steps.begin(), steps.end(), expected[chain].begin())) << "no gaps, no repeats";
      }
    }
  }

  void ExpectEmpty() {
    const SchedulerStats stats = scheduler_.Stats();
    EXPECT_EQ(stats.queued_requests + stats.ready_chains + stats.running_chains + stats.parked_chains, 0);
    EXPECT_EQ(stats.queued_rows, 0);
    for (const auto& worker : workers_) EXPECT_FALSE(worker->RunOnce());
    EXPECT_EQ(memory_.held(), 0U);
  }

  std::mt19937 random_{GetParam()};
  FakeChainEngine::Diverging diverging_;
  std::vector<Request> requests_;
  int rows_submitted_ = 0;
  int rows_done_ = 0;
  int refused_ = 0;
};

TEST_P(RandomSchedulesTest, EveryRequestEndsOnceWithTheResultsOfChainsComputedAlone) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    if (OneIn(4)) diverging_[{seed, Draw(0, 3)}] = Draw(1, 10);
  }
  for (uint32_t worker = Draw(1, 3); worker > 0; --worker) {
    AddWorker(static_cast<int>(Draw(1, 6)), static_cast<int>(Draw(1, 6)), diverging_);
  }

  SubmitSample();
  for (int event = 0; event < 600; ++event) {
    if (requests_.size() < 60 && OneIn(8)) SubmitSample();
    if (OneIn(10)) SubmitRows();
    if (OneIn(4)) Disturb(AnyRequest());
    clock_.Advance(absl::Milliseconds(Draw(0, 2)));
    workers_[Draw(0, static_cast<uint32_t>(workers_.size()) - 1)]->RunOnce();
    ASSERT_LE(memory_.held(), kMemory);
  }
  for (Request& request : requests_) {
    request.sink->SetRoom(FakeSink::kEndless);
    scheduler_.Resume(request.id);
  }
  CrankUntilIdle(20 * 1000);

  for (const Request& request : requests_) ExpectRight(request);
  EXPECT_EQ(rows_done_, rows_submitted_);
  EXPECT_GT(refused_, 0);
  ExpectEmpty();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSchedulesTest, ::testing::Range(0U, 40U));

}  // namespace
}  // namespace ebm::batching

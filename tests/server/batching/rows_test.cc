// Rows in tiles: which requests share a tile, how large requests are sliced, and that each request gets its own
// results.

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;
using Tile = FakeRowEngine::Tile;

class RowsTest : public BatchingTest {
 protected:
  struct Request {
    std::vector<float> rows;
    bool wants_gradient_norm = false;
    bool wants_log_ratio = false;
    bool wants_hidden_means = false;
    int calls = 0;
    absl::StatusOr<RowResult> result = absl::UnknownError("not called");
  };

  // The request, where `done` stores its result, lives as long as the test.
  Request& Submit(size_t n, bool wants_gradient_norm = false, bool wants_log_ratio = false,
                  bool wants_hidden_means = false) {
    Request& request = *requests_.emplace_back(std::make_unique<Request>());
    request.wants_gradient_norm = wants_gradient_norm;
    request.wants_log_ratio = wants_log_ratio;
    request.wants_hidden_means = wants_hidden_means;
    for (size_t i = 0; i < n * kDimension; ++i) request.rows.push_back(FakeNoise(requests_.size(), 0, 0, i));
    RowTask task;
    task.rows = request.rows;
    task.wants_gradient_norm = wants_gradient_norm;
    task.wants_log_ratio = wants_log_ratio;
    task.wants_hidden_means = wants_hidden_means;
    task.done = [&request](absl::StatusOr<RowResult> result) {
      ++request.calls;
      request.result = std::move(result);
    };
    EXPECT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(task)), absl::OkStatus());
    return request;
  }

  static void ExpectRight(const Request& request) {
    ASSERT_EQ(request.calls, 1);
    ASSERT_EQ(request.result.status(), absl::OkStatus());
    const size_t n = request.rows.size() / kDimension;
    ASSERT_EQ(request.result->logits.size(), n * kClasses);
    ASSERT_EQ(request.result->log_density.size(), n);
    ASSERT_EQ(request.result->gradient_norm.size(), request.wants_gradient_norm ? n : 0);
    ASSERT_EQ(request.result->log_ratio.size(), request.wants_log_ratio ? n : 0);
    ASSERT_EQ(request.result->hidden_means.size(), request.wants_hidden_means ? n * kHiddenUnits : 0);
    for (size_t r = 0; r < n; ++r) {
      const std::span<const float> row = std::span(request.rows).subspan(r * kDimension, kDimension);
      for (int k = 0; k < kClasses; ++k) {
        EXPECT_EQ(request.result->logits[r * kClasses + k], FakeRowEngine::Logit(row, k));
      }
      EXPECT_EQ(request.result->log_density[r], FakeLogDensity(row));
      if (request.wants_gradient_norm) {
        EXPECT_EQ(request.result->gradient_norm[r], FakeRowEngine::GradientNorm(row));
      }
      if (request.wants_log_ratio) {
        EXPECT_EQ(request.result->log_ratio[r], FakeRowEngine::LogRatio(row));
      }
      for (size_t j = 0; request.wants_hidden_means && j < kHiddenUnits; ++j) {
        EXPECT_EQ(request.result->hidden_means[r * kHiddenUnits + j], FakeRowEngine::HiddenMean(row, j));
      }
    }
  }

  std::vector<std::unique_ptr<Request>> requests_;
};

TEST_F(RowsTest, ATaskIsToldHowLongItsFirstRowWaited) {
  AddWorker(1, 4);
  std::optional<absl::Duration> queue_wait;
  std::optional<absl::Duration> at_the_end;
  RowTask task;
  task.rows.resize(6 * kDimension);
  task.queue_wait = &queue_wait;
  task.done = [&](const absl::StatusOr<RowResult>& /*result*/) { at_the_end = queue_wait; };
  ASSERT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(task)), absl::OkStatus());
  clock_.Advance(absl::Milliseconds(3));
  workers_[0]->RunOnce();
  clock_.Advance(absl::Milliseconds(5));
  workers_[0]->RunOnce();
  EXPECT_EQ(at_the_end, absl::Milliseconds(3)) << "and not the wait of the second tile";
}

TEST_F(RowsTest, ATaskThatEndsBeforeItsTurnHasNoQueueWait) {
  std::optional<absl::Duration> queue_wait;
  int calls = 0;
  RowTask task;
  task.rows.resize(kDimension);
  task.queue_wait = &queue_wait;
  task.done = [&](const absl::StatusOr<RowResult>& /*result*/) { ++calls; };
  const JobId id = scheduler_.NewJobId();
  ASSERT_EQ(scheduler_.SubmitRows(id, std::move(task)), absl::OkStatus());
  scheduler_.Cancel(id, absl::CancelledError("the caller is gone"));
  AddWorker(1, 4);
  CrankUntilIdle();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(queue_wait, std::nullopt);
}

TEST_F(RowsTest, MoreRowsThanATileWakeAnotherWorker) {
  AddWorker(1, 8);
  Submit(18);
  std::vector<uint64_t> counts = {wake_up_.count()};
  for (int tile = 0; tile < 3; ++tile) {
    workers_[0]->RunOnce();
    counts.push_back(wake_up_.count());
  }
  EXPECT_THAT(counts, ElementsAre(counts[0], counts[0] + 1, counts[0] + 2, counts[0] + 2));
}

TEST_F(RowsTest, SmallRequestsShareATile) {
  AddWorker(1, 8);
  Submit(2);
  Submit(3);
  Submit(1);
  Crank(1);
  EXPECT_THAT(row_engines_[0]->tiles(), ElementsAre(Tile{6, false}));
  for (const auto& request : requests_) ExpectRight(*request);
}

TEST_F(RowsTest, EveryKindHasTilesOfItsOwnOldestFirst) {
  AddWorker(1, 8);
  Submit(1, true, true);
  Submit(2);
  Submit(1, false, true);
  Submit(3, true);
  Submit(2, false, true);
  Submit(6, false, false, true);
  Submit(1, true, true, true);
  Submit(1, false, false, true);
  Crank(6);
  EXPECT_THAT(row_engines_[0]->tiles(),
              ElementsAre(Tile{1, true, true}, Tile{2}, Tile{3, false, true}, Tile{3, true, false},
                          Tile{7, false, false, true}, Tile{1, true, true, true}));
  for (const auto& request : requests_) ExpectRight(*request);
}

TEST_F(RowsTest, ALargeRequestIsSlicedOverTilesAndWorkers) {
  AddWorker(1, 4);
  AddWorker(1, 3);
  const Request& request = Submit(12, true);
  Crank(2);
  EXPECT_THAT(row_engines_[0]->tiles(), ElementsAre(Tile{4, true}, Tile{4, true}));
  EXPECT_THAT(row_engines_[1]->tiles(), ElementsAre(Tile{3, true}, Tile{1, true}));
  ExpectRight(request);
}

TEST_F(RowsTest, TheLastSliceOfOneRequestSharesItsTileWithTheNext) {
  AddWorker(1, 4);
  Submit(6);
  Submit(5);
  CrankUntilIdle();
  EXPECT_THAT(row_engines_[0]->tiles(), ElementsAre(Tile{4, false}, Tile{4, false}, Tile{3, false}));
  for (const auto& request : requests_) ExpectRight(*request);
}

// Requests take turns, a tile at a time, as the chains of Sample requests do.
TEST_F(RowsTest, AOneRowRequestWaitsForAtMostOneTileOfALargeOne) {
  AddWorker(1, 4);
  const Request& large = Submit(4096);
  Crank(3);
  const Request& same_kind = Submit(1);
  Crank(2);
  ExpectRight(same_kind);
  const Request& other_kind = Submit(1, true);
  Crank(2);
  ExpectRight(other_kind);
  EXPECT_EQ(large.calls, 0);
  CrankUntilIdle(2000);
  ExpectRight(large);
  EXPECT_EQ(observer_.rows, 4096 + 2);
}

TEST_F(RowsTest, LargeRequestsTakeTurnsWhateverTheirKinds) {
  AddWorker(1, 4);
  Submit(8, true);
  Submit(8);
  Submit(8, false, true);
  Crank(6);
  EXPECT_THAT(row_engines_[0]->tiles(), ElementsAre(Tile{4, true, false}, Tile{4}, Tile{4, false, true},
                                                    Tile{4, true, false}, Tile{4}, Tile{4, false, true}));
  for (const auto& request : requests_) ExpectRight(*request);
}

// A request that got what another had left of a tile comes first in the next one, whatever else waits.
TEST_F(RowsTest, TheRestOfATileIsNoTurn) {
  AddWorker(1, 4);
  Submit(3);
  const Request& cut = Submit(3);
  std::vector<const Request*> others;
  others.reserve(20);
  for (int i = 0; i < 20; ++i) others.push_back(&Submit(3));
  Crank(2);
  ExpectRight(cut);
  EXPECT_EQ(others[1]->calls, 0);
  CrankUntilIdle();
}

TEST_F(RowsTest, ARequestWhoseTurnHasPassedIsCancelledFromItsNewPlace) {
  AddWorker(1, 4);
  const Request& kept = Submit(8);
  RowTask task;
  task.rows.assign(12 * kDimension, 1.0F);
  int calls = 0;
  task.done = [&calls](const absl::StatusOr<RowResult>&) { ++calls; };
  const JobId cancelled = scheduler_.NewJobId();
  ASSERT_EQ(scheduler_.SubmitRows(cancelled, std::move(task)), absl::OkStatus());
  Crank(2);
  scheduler_.Cancel(cancelled, absl::CancelledError("the caller cancelled"));
  CrankUntilIdle();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(observer_.rows, 8 + 4);
  ExpectRight(kept);
}

TEST_F(RowsTest, KindsDoNotShareATileAndTheOldestRequestGoesFirst) {
  AddWorker(1, 4);
  Submit(1, false);
  Submit(2, true);
  Submit(1, false);
  Submit(1, true);
  Crank(1);
  EXPECT_THAT(row_engines_[0]->tiles(), ElementsAre(Tile{2, false}));
  Crank(1);
  EXPECT_THAT(row_engines_[0]->tiles(), ElementsAre(Tile{2, false}, Tile{3, true}));
  for (const auto& request : requests_) ExpectRight(*request);
}

TEST_F(RowsTest, RowsAreTakenBetweenTwoSteps) {
  AddWorker(2, 4);
  const auto sink = NewSink();
  BatchingTest::Submit(MakeSampleTask(1, 4, 10), sink);
  Crank(3);
  const Request& request = Submit(3);
  Crank(1);
  ExpectRight(request);
  EXPECT_EQ(observer_.steps, 4) << "chains move in the same round";
}

TEST_F(RowsTest, EndlessRowsDoNotHoldUpChains) {
  AddWorker(2, 4);
  const auto sink = NewSink();
  BatchingTest::Submit(MakeSampleTask(1, 2, 10), sink);
  for (int round = 0; round < 10; ++round) {
    Submit(40);
    Crank(1);
  }
  EXPECT_TRUE(sink->finished());
}

TEST_F(RowsTest, TheObserverGetsRowsAndTheirQueueWait) {
  AddWorker(1, 2);
  Submit(3);
  clock_.Advance(absl::Milliseconds(4));
  CrankUntilIdle();
  EXPECT_EQ(observer_.rows, 3);
  EXPECT_EQ(observer_.queue_waits, 1);
  EXPECT_EQ(observer_.last_queue_wait_nanos, 4'000'000);
}

TEST_F(RowsTest, DoneMaySubmitAgain) {
  AddWorker(1, 2);
  bool second_done = false;
  RowTask second;
  second.rows.assign(kDimension, 1.0F);
  second.done = [&](const absl::StatusOr<RowResult>& result) { second_done = result.ok(); };
  RowTask first;
  first.rows.assign(kDimension, 1.0F);
  first.done = [&](const absl::StatusOr<RowResult>&) {
    EXPECT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), second), absl::OkStatus());
  };
  ASSERT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(first)), absl::OkStatus());
  CrankUntilIdle();
  EXPECT_TRUE(second_done);
}

}  // namespace
}  // namespace ebm::batching

// An engine can fail, for lack of memory or inside a library: the requests that took part end with its status, and the
// others go on.

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;

class EngineErrorsTest : public BatchingTest {
 protected:
  void SubmitRow() {
    RowTask task;
    task.rows.assign(kDimension, 1.0F);
    task.done = [this](const absl::StatusOr<RowResult>& result) { row_endings_.push_back(result.status()); };
    ASSERT_EQ(scheduler_.SubmitRows(scheduler_.NewJobId(), std::move(task)), absl::OkStatus());
  }

  const absl::Status no_memory_ = absl::ResourceExhaustedError("out of memory");
  std::vector<absl::Status> row_endings_;
};

TEST_F(EngineErrorsTest, AFailedStepEndsTheRequestsInTheSlots) {
  AddWorker(4);
  const auto first = NewSink();
  const auto second = NewSink();
  Submit(MakeSampleTask(1, 2, 10), first);
  Submit(MakeSampleTask(2, 2, 10), second);
  Crank(3);
  chain_engines_[0]->next_step_error = no_memory_;
  CrankUntilIdle();
  for (const auto& sink : {first, second}) {
    ASSERT_TRUE(sink->finished());
    EXPECT_EQ(sink->summary().status, no_memory_);
    EXPECT_TRUE(sink->frames().empty());
  }
}

TEST_F(EngineErrorsTest, AFailedReadEndsTheRequestsInTheSlots) {
  AddWorker(4);
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 2, 10, /*frame_interval=*/5), sink);
  chain_engines_[0]->next_read_error = no_memory_;
  CrankUntilIdle();
  EXPECT_EQ(sink->summary().status, no_memory_);
}

TEST_F(EngineErrorsTest, AFailedAdmissionEndsThatRequestOnly) {
  AddWorker(4);
  const SampleTask task = MakeSampleTask(2, 2, 10);
  const auto failed = NewSink();
  const auto sink = NewSink();
  chain_engines_[0]->next_admit_error = no_memory_;
  Submit(MakeSampleTask(1, 1, 10), failed);
  Submit(task, sink);
  CrankUntilIdle();
  EXPECT_EQ(failed->summary().status, no_memory_);
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(EngineErrorsTest, TheEngineServesTheNextRequest) {
  AddWorker(4);
  const SampleTask task = MakeSampleTask(2, 2, 10);
  const auto failed = NewSink();
  Submit(MakeSampleTask(1, 2, 10), failed);
  Crank(3);
  chain_engines_[0]->next_step_error = no_memory_;
  CrankUntilIdle();
  const auto sink = NewSink();
  Submit(task, sink);
  CrankUntilIdle();
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(EngineErrorsTest, ChainsOfOtherWorkersGoOn) {
  AddWorker(1);
  AddWorker(1);
  const SampleTask task = MakeSampleTask(2, 1, 10);
  const auto failed = NewSink();
  const auto sink = NewSink();
  Submit(MakeSampleTask(1, 1, 10), failed);
  Crank(1);
  Submit(task, sink);
  Crank(1);
  chain_engines_[0]->next_step_error = no_memory_;
  CrankUntilIdle();
  EXPECT_EQ(failed->summary().status, no_memory_);
  EXPECT_EQ(sink->summary().status, absl::OkStatus());
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
}

TEST_F(EngineErrorsTest, AFailedTileEndsTheRequestsOfItsRows) {
  AddWorker(4, /*max_rows=*/2);
  for (int request = 0; request < 3; ++request) SubmitRow();
  row_engines_[0]->next_error = no_memory_;
  CrankUntilIdle();
  EXPECT_THAT(row_endings_, ElementsAre(no_memory_, no_memory_, absl::OkStatus()));
}

TEST_F(EngineErrorsTest, ASinkWithoutMemoryEndsItsRequest) {
  AddWorker(2);
  const auto sink = NewSink();
  sink->during_offer = [] { throw std::bad_alloc(); };
  Submit(MakeSampleTask(1, 2, 100, 1), sink);
  CrankUntilIdle();
  EXPECT_EQ(sink->summary().status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(memory_.held(), 0U);
}

}  // namespace
}  // namespace ebm::batching

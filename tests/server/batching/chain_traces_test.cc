#include "server/batching/chain_traces.h"

#include <vector>

#include "tests/server/batching/batching_fixture.h"

namespace ebm::batching {
namespace {

using ::testing::ElementsAre;

std::vector<uint32_t> StepsOf(const TraceWindow& window) {
  std::vector<uint32_t> steps;
  steps.reserve(window.draws);
  for (uint32_t draw = 0; draw < window.draws; ++draw) steps.push_back(window.first + draw * window.interval);
  return steps;
}

TEST(TraceWindowTest, IsTheLastHalfOfTheStepsThatMayBeTraced) {
  EXPECT_THAT(StepsOf(TraceWindow::Of(8, 0)), ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(StepsOf(TraceWindow::Of(12, 4)), ElementsAre(9, 10, 11, 12));
  EXPECT_THAT(StepsOf(TraceWindow::Of(9, 0)), ElementsAre(6, 7, 8, 9));
}

TEST(TraceWindowTest, ThinsLongWindowsAndEndsAtTheLastStep) {
  for (const uint32_t steps : {8U, 100U, 1023U, 1024U, 1025U, 2049U, 100000U}) {
    for (const uint32_t after : {0U, 1U, steps - 8}) {
      const TraceWindow window = TraceWindow::Of(steps, after);
      SCOPED_TRACE(::testing::Message() << steps << " steps, " << after << " not traced");
      EXPECT_LE(window.draws, TraceWindow::kMostDraws);
      EXPECT_GE(window.draws, 4U);
      EXPECT_EQ(window.draws % 2, 0U);
      EXPECT_EQ(StepsOf(window).back(), steps);
      EXPECT_GT(window.first, after + (steps - after) / 2 - 1);
    }
  }
}

class ChainTracesTest : public BatchingTest {};

// The traces equal those of the chains computed alone, whatever slots the chains were in.
TEST_F(ChainTracesTest, EqualThoseOfChainsComputedAlone) {
  SampleTask task = MakeSampleTask(5, 3, 21, /*frame_interval=*/4);
  ChangeSettings(task).tuning_steps = 3;
  task.traced_after = 3;
  AddWorker(2);
  const auto sink = NewSink();
  Submit(task, sink);
  CrankUntilIdle();
  ASSERT_TRUE(sink->finished());
  EXPECT_EQ(CheckedSteps(task, *sink), AllSteps(task));
  const SampleSummary summary = sink->summary();
  ASSERT_TRUE(summary.traces.has_value());
  const ChainTraces& traces = *summary.traces;
  const std::vector<uint32_t> steps = StepsOf(traces.window());
  ASSERT_THAT(steps, ElementsAre(14, 15, 16, 17, 18, 19, 20, 21));
  for (uint32_t chain = 0; chain < task.chains; ++chain) {
    EXPECT_FLOAT_EQ(summary.progress[chain].step_size, 0.5F * 0.9F * 0.9F * 0.9F);
    for (size_t draw = 0; draw < steps.size(); ++draw) {
      EXPECT_EQ(traces.log_density(chain)[draw], FakeLogDensity(FakeChainAfter(task, chain, steps[draw])));
    }
    for (const int half : {0, 1}) {
      for (size_t i = 0; i < kDimension; ++i) {
        double sum = 0;
        double squares = 0;
        for (int draw = 0; draw < 4; ++draw) {
          const double value = FakeChainAfter(task, chain, steps[4 * half + draw])[i];
          sum += value;
          squares += value * value;
        }
        EXPECT_NEAR(traces.mean(chain, half, i), sum / 4, 1e-12);
        EXPECT_NEAR(traces.variance(chain, half, i), (squares - sum * sum / 4) / 3, 1e-12);
      }
    }
  }
}

TEST_F(ChainTracesTest, AreNotKeptUnlessRequested) {
  AddWorker(2);
  const auto sink = NewSink();
  Submit(MakeSampleTask(5, 3, 21), sink);
  CrankUntilIdle();
  ASSERT_TRUE(sink->finished());
  EXPECT_FALSE(sink->summary().traces.has_value());
}

}  // namespace
}  // namespace ebm::batching

#include "client/cli/progress_bar.h"

#include <sstream>

#include "gtest/gtest.h"

namespace ebm::client {
namespace {

TEST(ProgressLineTest, CountsStepsChainsAndTimeLeft) {
  EXPECT_EQ(ProgressLine(200, 1, 4, 100, absl::Seconds(3)),
            "[############            ]  50 %  50/100 steps, 1/4 chains done, 3 s left");
}

TEST(ProgressLineTest, KnowsNoTimeLeftBeforeTheFirstStep) {
  EXPECT_EQ(ProgressLine(0, 0, 4, 100, absl::Seconds(3)),
            "[                        ]   0 %  0/100 steps, 0/4 chains done");
}

TEST(ProgressLineTest, EndsAtAHundredPercent) {
  EXPECT_EQ(ProgressLine(400, 4, 4, 100, absl::Seconds(3)),
            "[########################] 100 %  100/100 steps, 4/4 chains done, 0 s left");
  EXPECT_EQ(ProgressLine(500, 4, 4, 100, absl::Seconds(3)), ProgressLine(400, 4, 4, 100, absl::Seconds(3)));
}

TEST(ProgressLineTest, UnknownNumberOfStepsIsNoFraction) {
  EXPECT_EQ(ProgressLine(5, 0, 1, 0, absl::Seconds(1)), "[                        ]   0 %  0/0 steps, 0/1 chains done");
}

TEST(ProgressBarTest, DrawsOverItselfAndWipesTheLine) {
  std::ostringstream out;
  const std::chrono::steady_clock::time_point start;
  ProgressBar bar(out, 1, 10, start);
  bar.Show(5, 0, start + std::chrono::seconds(1));
  EXPECT_EQ(out.str(), "\r\x1b[K" + ProgressLine(5, 0, 1, 10, absl::Seconds(1)));
  out.str("");
  bar.Clear();
  EXPECT_EQ(out.str(), "\r\x1b[K");
}

TEST(ProgressBarTest, LeavesALineAloneThatItNeverDrew) {
  std::ostringstream out;
  ProgressBar(out, 1, 10, {}).Clear();
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace ebm::client

#include "model/offline/evaluation/svg_charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ebm::svg {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReliabilityChartTest, ABarIsAsHighAsTheBinIsAccurate) {
  ReliabilityDiagram bins;
  bins[14] = {.rows = 10, .mean_confidence = 0.95, .accuracy = 0.5};
  EXPECT_THAT(ReliabilityChart(bins, "plain"), HasSubstr("height=\"105.0\" class=\"data\""));  // of 210
}

TEST(ReliabilityChartTest, EmptyBinsHaveNoBar) {
  EXPECT_THAT(ReliabilityChart({}, "plain"), Not(HasSubstr("class=\"data\"")));
}

TEST(HistogramChartTest, TheFullestBinFillsTheFrame) {
  PairedHistogram histogram{.lower = 0, .upper = 1};
  histogram.data[0] = 4;
  histogram.outliers[39] = 9;
  EXPECT_THAT(HistogramChart(histogram, "letters"), HasSubstr("d=\"M8.0 136.0V26.0H15.6V136.0"));
}

// Four p-values at the ends and the middle: the line is at 1/4 until a = 1/2, then at 3/4, and ends at 1.
TEST(ValidityChartTest, DrawsTheShareAtOrBelowEveryRate) {
  const std::string chart = ValidityChart(std::vector<double>{0.005, 0.5, 0.5, 1}, 100);
  EXPECT_THAT(chart, HasSubstr("d=\"M42.0 236.0L42.0 236.0L44.7 183.5L"));
  EXPECT_THAT(chart, HasSubstr("L174.3 183.5L177.0 78.5L"));
  EXPECT_THAT(chart, HasSubstr("L309.3 78.5L312.0 26.0\" class=\"curve\""));
}

TEST(ChartsTest, NamesAreText) {
  const std::string chart = ClassChart({"<b>", "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"}, std::vector<int64_t>{1, 2},
                                       std::vector<int64_t>{0, 0});
  EXPECT_THAT(chart, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(chart, HasSubstr(">\u00e9\u00e9\u00e9\u00e9\u00e9<"));
  EXPECT_THAT(HistogramChart({}, "<i>"), HasSubstr("&lt;i&gt;"));
  EXPECT_THAT(ReliabilityChart({}, "<i>"), HasSubstr("&lt;i&gt;"));
}

TEST(ClassChartTest, CutsLongNamesBetweenCharacters) {
  const std::string chart =
      ClassChart({"123456789\u00e9z", "b"}, std::vector<int64_t>{1, 2}, std::vector<int64_t>{1, 2});
  EXPECT_THAT(chart, HasSubstr(">123456789<"));
}

}  // namespace
}  // namespace ebm::svg

#include "client/load/load_report.h"

#include <nlohmann/json.hpp>
#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

TEST(PercentileTest, IsTheSmallestValueThatCoversTheShare) {
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 1.0);
  EXPECT_EQ(Percentile(values, 0.5), 50);
  EXPECT_EQ(Percentile(values, 0.99), 99);
  EXPECT_EQ(Percentile(values, 0.991), 100);
  EXPECT_EQ(Percentile(values, 1), 100);
  EXPECT_EQ(Percentile({7}, 0.001), 7);
  EXPECT_EQ(Percentile({}, 0.5), 0);
}

LoadReport TwoKindsAndAnError() {
  LoadReport report;
  report.Add({.latency = absl::Milliseconds(10), .rows = 4});
  report.Add({.latency = absl::Milliseconds(30), .rows = 4});
  report.Add({.kind = RequestKind::kSample,
              .latency = absl::Milliseconds(500),
              .first_frame = absl::Milliseconds(50),
              .chain_steps = 1000});
  report.Add({.kind = RequestKind::kSample, .code = "RESOURCE_EXHAUSTED", .latency = absl::Milliseconds(1)});
  return report;
}

TEST(LoadReportTest, JsonCountsWhatEndedWellAndNamesWhatDidNot) {
  const auto json = nlohmann::json::parse(TwoKindsAndAnError().Json(absl::Seconds(2), 3));
  EXPECT_EQ(json["offered_per_second"], 3);
  EXPECT_EQ(json["requests_per_second"], 1.5);
  EXPECT_EQ(json["classify"]["requests"], 2);
  EXPECT_EQ(json["classify"]["rows_per_second"], 4);
  EXPECT_EQ(json["classify"]["latency_seconds"]["p50"], 0.01);
  EXPECT_EQ(json["classify"]["latency_seconds"]["max"], 0.03);
  EXPECT_EQ(json["sample"]["chain_steps_per_second"], 500);
  EXPECT_EQ(json["sample"]["first_frame_seconds"]["p99"], 0.05);
  EXPECT_FALSE(json.contains("score"));
  EXPECT_EQ(json["codes"]["OK"], 3);
  EXPECT_EQ(json["codes"]["RESOURCE_EXHAUSTED"], 1);
}

TEST(LoadReportTest, SaysWhetherAllEndedWell) {
  EXPECT_FALSE(TwoKindsAndAnError().all_ok());
  LoadReport report;
  report.Add({});
  EXPECT_TRUE(report.all_ok());
}

TEST(LoadReportTest, TheTableNamesKindsAndCodes) {
  EXPECT_THAT(
      TwoKindsAndAnError().Table(absl::Seconds(2)),
      AllOf(HasSubstr("classify"), HasSubstr("500 chain steps per second"), HasSubstr("RESOURCE_EXHAUSTED: 1")));
}

}  // namespace
}  // namespace ebm::client

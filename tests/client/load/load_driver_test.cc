#include "client/load/load_driver.h"

#include <nlohmann/json.hpp>

#include "gtest/gtest.h"
#include "tests/client/fake_server.h"

namespace ebm::client {
namespace {

class LoadDriverTest : public testing::Test {
 protected:
  LoadOptions Options() const {
    LoadOptions options = {.connections = 1, .dimension = 4};
    options.connection.target = server_.address();
    return options;
  }

  static nlohmann::json Json(const LoadDriver& driver) {
    return nlohmann::json::parse(driver.report().Json(driver.reported_length(), 0));
  }

  // Requests far enough apart that the fake server never has two at the same time.
  static std::vector<PlannedRequest> SparsePlan() {
    return {{.due = absl::Milliseconds(0), .kind = RequestKind::kClassify, .rows = 2},
            {.due = absl::Milliseconds(200), .kind = RequestKind::kScore, .rows = 3},
            {.due = absl::Milliseconds(400), .kind = RequestKind::kSample, .chains = 2, .steps = 5, .seed = 6}};
  }

  FakeServer server_;
};

TEST_F(LoadDriverTest, SendsWhatWasPlanned) {
  const std::unique_ptr<LoadDriver> made = *LoadDriver::Create(Options());
  LoadDriver& driver = *made;
  driver.RunOpenLoop(SparsePlan());
  ASSERT_EQ(server_.classify_requests.size(), 1U);
  EXPECT_EQ(server_.classify_requests[0].inputs().shape(0), 2);
  EXPECT_EQ(server_.classify_requests[0].inputs().shape(1), 4);
  ASSERT_EQ(server_.score_requests.size(), 1U);
  EXPECT_EQ(server_.score_requests[0].inputs().shape(0), 3);
  EXPECT_EQ(server_.sample_request.chains(), 2U);
  EXPECT_EQ(server_.sample_request.seed(), 6U);
  EXPECT_EQ(server_.sample_request.frame_interval(), 20U);
  EXPECT_EQ(server_.sample_request.sampler().steps(), 5U);
  const auto json = Json(driver);
  EXPECT_EQ(json["codes"]["OK"], 3);
  EXPECT_TRUE(json["sample"].contains("first_frame_seconds"));
}

TEST_F(LoadDriverTest, CountsErrorsByTheirCode) {
  server_.error = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "full");
  const std::unique_ptr<LoadDriver> made = *LoadDriver::Create(Options());
  LoadDriver& driver = *made;
  driver.RunOpenLoop(SparsePlan());
  EXPECT_EQ(Json(driver)["codes"]["RESOURCE_EXHAUSTED"], 3);
  EXPECT_FALSE(driver.report().all_ok());
}

TEST_F(LoadDriverTest, TheWarmUpIsNotReported) {
  LoadOptions options = Options();
  options.warm_up = absl::Milliseconds(100);
  const std::unique_ptr<LoadDriver> made = *LoadDriver::Create(options);
  LoadDriver& driver = *made;
  driver.RunOpenLoop(SparsePlan());
  EXPECT_EQ(Json(driver)["codes"]["OK"], 2);
}

// In an open loop, latency counts from the time when a request was due, here 90 ms before it could be sent.
TEST_F(LoadDriverTest, LatencyCountsFromWhenARequestWasDue) {
  LoadOptions options = Options();
  options.warm_up = -absl::Seconds(1);
  const std::unique_ptr<LoadDriver> made = *LoadDriver::Create(options);
  LoadDriver& driver = *made;
  driver.RunOpenLoop({{.due = absl::Milliseconds(-90), .kind = RequestKind::kClassify, .rows = 1}});
  EXPECT_GE(Json(driver)["classify"]["latency_seconds"]["max"], 0.09);
}

TEST_F(LoadDriverTest, AClosedLoopSendsTheNextRequestWhenTheLastHasEnded) {
  const std::unique_ptr<LoadDriver> made = *LoadDriver::Create(Options());
  LoadDriver& driver = *made;
  const std::vector<PlannedRequest> plan = {{.kind = RequestKind::kClassify, .rows = 1}};
  driver.RunClosedLoop(plan, /*callers=*/1, absl::Milliseconds(200));
  EXPECT_GT(server_.classify_requests.size(), 1U);
  EXPECT_EQ(Json(driver)["codes"]["OK"], server_.classify_requests.size());
}

TEST_F(LoadDriverTest, AServerThatIsNotThereIsUnavailable) {
  LoadOptions options = Options();
  options.connection.target = "127.0.0.1:1";
  const std::unique_ptr<LoadDriver> made = *LoadDriver::Create(options);
  LoadDriver& driver = *made;
  driver.RunOpenLoop({{.kind = RequestKind::kClassify, .rows = 1}});
  EXPECT_EQ(Json(driver)["codes"]["UNAVAILABLE"], 1);
}

}  // namespace
}  // namespace ebm::client

#include "server/observe/access_log.h"

#include <sstream>
#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/support/fake_clock.h"

namespace ebm::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

rpc::CallRecord Classified() {
  rpc::CallRecord call;
  call.request_id = "job-7";
  call.method = "/ebm.v1.InferenceService/Classify";
  call.code = absl::StatusCode::kOk;
  call.work = {.model = "digits",
               .version = "3",
               .rows = 10,
               .queued = absl::Milliseconds(2),
               .computed = absl::Milliseconds(5)};
  call.total = absl::Milliseconds(8);
  call.peer = "ipv4:127.0.0.1:4711";
  return call;
}

class AccessLogTest : public testing::Test {
 protected:
  Json LineOf(const rpc::CallRecord& call) {
    AccessLog(LogRequests::kAll, &log_, &clock_).Ended(call);
    return Json::parse(out_.str());
  }

  batching::FakeClock clock_;
  std::ostringstream out_;
  Log log_{{.format = LogFormat::kJson}, &out_};
};

TEST_F(AccessLogTest, ALineSaysWhatTheCallWasAndTook) {
  Json line = LineOf(Classified());
  line.erase("time");
  EXPECT_EQ(line, Json({{"level", "info"},
                        {"event", "request"},
                        {"request_id", "job-7"},
                        {"method", "/ebm.v1.InferenceService/Classify"},
                        {"code", "OK"},
                        {"model", "digits"},
                        {"version", "3"},
                        {"rows", 10},
                        {"queue_seconds", 0.002},
                        {"compute_seconds", 0.005},
                        {"total_seconds", 0.008},
                        {"peer", "ipv4:127.0.0.1:4711"}}));
}

TEST_F(AccessLogTest, SamplesHaveChainsAndSteps) {
  rpc::CallRecord call = Classified();
  call.work.rows = 0;
  call.work.chains = 4;
  call.work.steps = 100;
  const Json line = LineOf(call);
  EXPECT_EQ(line["chains"], 4);
  EXPECT_EQ(line["steps"], 100);
  EXPECT_FALSE(line.contains("rows"));
}

TEST_F(AccessLogTest, TokensTracesAndErrorsAreThereIfTheCallHasThem) {
  rpc::CallRecord call = Classified();
  call.code = absl::StatusCode::kResourceExhausted;
  call.token_name = "batch-jobs";
  call.trace = {.trace_id = "0af7651916cd43dd8448eb211c80319c", .parent_id = "b7ad6b7169203331"};
  call.error = "the queue is full\nlevel=error";
  const Json line = LineOf(call);
  EXPECT_EQ(line["code"], "ResourceExhausted");
  EXPECT_EQ(line["token"], "batch-jobs");
  EXPECT_EQ(line["trace_id"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(line["parent_id"], "b7ad6b7169203331");
  EXPECT_EQ(line["error"], call.error);
}

TEST_F(AccessLogTest, LogsNoneErrorsOrAll) {
  const auto wants = [this](LogRequests which, absl::StatusCode code) {
    return AccessLog(which, &log_, &clock_).Wants(code);
  };
  EXPECT_FALSE(wants(LogRequests::kNone, absl::StatusCode::kInternal));
  EXPECT_FALSE(wants(LogRequests::kErrors, absl::StatusCode::kOk));
  EXPECT_TRUE(wants(LogRequests::kErrors, absl::StatusCode::kInternal));
  EXPECT_TRUE(wants(LogRequests::kErrors, absl::StatusCode::kCancelled));
  EXPECT_TRUE(wants(LogRequests::kAll, absl::StatusCode::kOk));
  log_.set_level(LogLevel::kWarning);
  EXPECT_FALSE(wants(LogRequests::kAll, absl::StatusCode::kInternal)) << "lines of requests are of level info";
  EXPECT_EQ(LogRequestsOf("errors"), LogRequests::kErrors);
  EXPECT_EQ(LogRequestsOf("some"), std::nullopt);
}

TEST_F(AccessLogTest, AStormOfOneErrorIsCutAndCounted) {
  AccessLog log(LogRequests::kErrors, &log_, &clock_);
  for (int64_t i = 0; i < AccessLog::kErrorsPerMinute; ++i) EXPECT_TRUE(log.Wants(absl::StatusCode::kUnavailable));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(log.Wants(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(log.Wants(absl::StatusCode::kInternal)) << "other errors are not cut";
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(log.Wants(absl::StatusCode::kUnavailable));
  rpc::CallRecord call = Classified();
  call.code = absl::StatusCode::kUnavailable;
  log.Ended(call);
  EXPECT_THAT(out_.str(), HasSubstr("\"suppressed\":5"));
  out_.str("");
  log.Ended(call);
  EXPECT_THAT(out_.str(), Not(HasSubstr("suppressed")));
}

TEST_F(AccessLogTest, NothingIsCutWhereAllAreLogged) {
  AccessLog log(LogRequests::kAll, &log_, &clock_);
  for (int64_t i = 0; i <= AccessLog::kErrorsPerMinute; ++i) EXPECT_TRUE(log.Wants(absl::StatusCode::kUnavailable));
}

TEST(RateLimitedTest, AdmitsSoManyInAnyMinuteThatBeginsWithAnEvent) {
  batching::FakeClock clock;
  RateLimited limit(2, &clock);
  EXPECT_TRUE(limit.Admit());
  clock.Advance(absl::Seconds(59));
  EXPECT_TRUE(limit.Admit());
  EXPECT_FALSE(limit.Admit());
  clock.Advance(absl::Seconds(1));
  EXPECT_TRUE(limit.Admit());
  EXPECT_EQ(limit.TakeSuppressed(), 1);
  EXPECT_EQ(limit.TakeSuppressed(), 0);
}

}  // namespace
}  // namespace ebm::observe

// Calls over real connections to several servers: gRPC's round robin and retries, as the service config sets them.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/client.h"
#include "gtest/gtest.h"
#include "tests/client/fake_server.h"

namespace ebm::client {
namespace {

const grpc::Status kDraining(grpc::StatusCode::UNAVAILABLE, "the server is shutting down");

class ReplicasTest : public testing::Test {
 protected:
  Client Connect(RetryOptions retry = {}) const {
    retry.first_wait = absl::Milliseconds(1);
    retry.longest_wait = absl::Milliseconds(2);
    const ConnectionOptions options = {.target = absl::StrCat("ipv4:", first_.address(), ",", second_.address()),
                                       .token = {.token = "secret", .without_tls = PlainTextToken::kAllowed},
                                       .deadline = absl::Seconds(100),
                                       .retry = retry,
                                       .unconnected = Unconnected::kWaits};
    return *Client::Connect(options);
  }

  size_t Requests() const { return first_.classify_requests.size() + second_.classify_requests.size(); }

  const MatrixBuffer rows_ = MatrixBuffer({1, 2, 3, 4}, 1, 4);
  FakeServer first_;
  FakeServer second_;
};

TEST_F(ReplicasTest, CallsTakeTurns) {
  const Client client = Connect();
  // The first calls go to the server that was connected first.
  while (first_.classify_requests.empty() || second_.classify_requests.empty()) {
    ASSERT_TRUE(client.Classify({}, rows_.view()).ok());
  }
  const size_t before = first_.classify_requests.size();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.Classify({}, rows_.view()).ok());
  EXPECT_EQ(first_.classify_requests.size(), before + 5);
  EXPECT_EQ(first_.authorization, "Bearer secret");
}

TEST_F(ReplicasTest, ADrainingServersCallsAreAnsweredByTheOther) {
  first_.error = kDraining;
  const Client client = Connect();
  for (int i = 0; i < 30; ++i) {
    const auto answer = client.Classify({}, rows_.view());
    ASSERT_TRUE(answer.ok()) << i << ": " << answer.status();
  }
  EXPECT_EQ(second_.classify_requests.size(), 30U);
  EXPECT_FALSE(first_.classify_requests.empty());
}

TEST_F(ReplicasTest, AServerThatIsGoneIsPassedOver) {
  const Client client = Connect();
  while (first_.classify_requests.empty()) ASSERT_TRUE(client.Classify({}, rows_.view()).ok());
  first_.Stop();
  for (int i = 0; i < 30; ++i) {
    const auto answer = client.Classify({}, rows_.view());
    ASSERT_TRUE(answer.ok()) << i << ": " << answer.status();
  }
}

// By default gRPC keeps 256 KiB of a request, and does not repeat larger ones.
TEST_F(ReplicasTest, LargeRequestsAreRetried) {
  first_.error = kDraining;
  const Client client = Connect();
  const MatrixBuffer many(200'000, 4);
  while (first_.classify_requests.empty()) ASSERT_TRUE(client.Classify({}, many.view()).ok());
}

TEST_F(ReplicasTest, OtherErrorsAreNotRetried) {
  first_.error = second_.error = grpc::Status(grpc::StatusCode::INTERNAL, "failed");
  EXPECT_EQ(Connect().Classify({}, rows_.view()).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Requests(), 1U);
}

TEST_F(ReplicasTest, LoadsAreNotRetried) {
  first_.error = second_.error = kDraining;
  EXPECT_EQ(Connect().LoadModel("toy", "").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Connect().UnloadModel("toy", "").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(first_.loads.size() + second_.loads.size(), 2U);
}

TEST_F(ReplicasTest, AttemptsAreCounted) {
  first_.error = second_.error = kDraining;
  EXPECT_FALSE(Connect({.attempts = 3}).Classify({}, rows_.view()).ok());
  EXPECT_EQ(Requests(), 3U);
  EXPECT_FALSE(Connect({.attempts = 1}).Classify({}, rows_.view()).ok());
  EXPECT_EQ(Requests(), 4U);
}

TEST_F(ReplicasTest, TheBudgetEndsRetries) {
  first_.error = second_.error = kDraining;
  const Client client = Connect({.attempts = 5, .budget = 0.001, .burst = 4});
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(client.Classify({}, rows_.view()).ok());
  EXPECT_GE(Requests(), 50U + 2);
  EXPECT_LE(Requests(), 50U + 4);
}

TEST_F(ReplicasTest, AStreamIsContinuedByTheOtherServer) {
  const auto one_frame = [](const v1::SampleRequest& request, FakeServer::SampleWriter& writer) {
    writer.Write(FrameOf(request.first_step() + 1, {0}, {1, 1, 1, 1}, false));
    return kDraining;
  };
  first_.on_sample = second_.on_sample = one_frame;
  const Client client = Connect();
  const auto reader = client.StartSample({.state_units = StateUnits::kScaled});
  ASSERT_TRUE(reader.ok()) << reader.status();
  for (uint32_t step = 1; step <= 5; ++step) {
    const auto frame = (*reader)->Next();
    ASSERT_TRUE(frame.ok()) << frame.status();
    EXPECT_EQ((*frame)->step, step);
  }
  first_.on_sample = second_.on_sample = nullptr;
  const auto last = (*reader)->Next();
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_TRUE((*last)->final);
  ASSERT_TRUE((*reader)->Next().ok());
  EXPECT_EQ((*reader)->summary().chains_finished, 1U);
}

}  // namespace
}  // namespace ebm::client

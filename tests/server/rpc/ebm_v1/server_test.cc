// The server apart from its methods: health, reflection, draining, and the events of its observer.

#include "server/rpc/server.h"

#include <chrono>
#include <future>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/server/rpc/ebm_v1/counting_rpc_observer.h"
#include "tests/server/rpc/ebm_v1/generic_call.h"
#include "tests/server/rpc/ebm_v1/service_test_fixture.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// HealthCheckResponse{status}.
constexpr char kServing[] = "\x08\x01";

class ServerTest : public ServiceTest {
 protected:
  // HealthCheckRequest{service}.
  std::string Health(const std::string& service, const std::string& verb = "Check") {
    const std::string request =
        service.empty() ? "" : absl::StrCat("\n", std::string(1, static_cast<char>(service.size())), service);
    return GenericCall(Channel(), "/grpc.health.v1.Health/" + verb, request);
  }
};

TEST_F(ServerTest, IsHealthyUnderEveryServiceName) {
  StartServer();
  for (const char* service : {"", "ebm.v1.InferenceService", "ebm.v1.ModelService"}) {
    EXPECT_EQ(Health(service), kServing) << service;
    EXPECT_EQ(Health(service, "Watch"), kServing) << service;
  }
  EXPECT_EQ(Health("nobody"), "");
}

TEST_F(ServerTest, ReflectionListsItsServices) {
  StartServer();
  // ServerReflectionRequest{list_services: "*"}.
  const std::string services =
      GenericCall(Channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  for (const char* service : {"ebm.v1.InferenceService", "ebm.v1.ModelService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(services, HasSubstr(service));
  }
}

// While an endless call is running, a draining server is unhealthy, and callers are told to go elsewhere.
TEST_F(ServerTest, ADrainingServerFinishesRunningCallsAndRefusesNewOnes) {
  StartServer();
  grpc::ClientContext context;
  const auto reader = stub_->Sample(&context, Request(4, kEndless, 1));
  v1::SampleResponse response;
  ASSERT_TRUE(reader->Read(&response));

  std::thread drain([&] { server_->Drain(absl::Hours(1)); });
  SampleOutcome refused = Sample(Request(1, 1, 0));
  while (refused.status.ok()) refused = Sample(Request(1, 1, 0));  // the drain may not have begun
  // gRPC cancels a call that arrives while it tells the client to go elsewhere.
  EXPECT_THAT(refused.status.error_code(), AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED));
  EXPECT_EQ(health_.Find("ebm.v1.InferenceService"), rpc::Health::kNotServing);
  EXPECT_TRUE(reader->Read(&response));

  context.TryCancel();
  drain.join();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_.reset();
}

// As of a slow reader: the chains have ended, and messages still wait.
TEST_F(ServerTest, ADrainWaitsForOpenCalls) {
  StartServer();
  inference::OpenCalls::Token call = open_calls_.Open().value();
  std::future<void> drain = std::async(std::launch::async, [&] { server_->Drain(absl::Hours(1)); });
  EXPECT_EQ(drain.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  call.reset();
  drain.get();
}

TEST_F(ServerTest, ADrainDoesNotWaitBeyondItsLimit) {
  StartServer();
  const inference::OpenCalls::Token call = open_calls_.Open().value();
  server_->Drain(absl::Milliseconds(10));
}

TEST_F(ServerTest, ACallIsOpenUntilItsStatusIsSent) {
  StartServer();
  const auto none_is_open = [this](absl::Duration within) {
    return open_calls_.WaitUntilNone(clock_.Now() + within, clock_);
  };
  EXPECT_TRUE(Sample(Request(1, 1, 0)).status.ok());
  EXPECT_TRUE(none_is_open(absl::Minutes(1)));
  grpc::ClientContext context;
  const auto reader = stub_->Sample(&context, Request(4, kEndless, 1));
  v1::SampleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_FALSE(none_is_open(absl::ZeroDuration()));
  context.TryCancel();
  reader->Finish();
  EXPECT_TRUE(none_is_open(absl::Minutes(1)));
}

TEST_F(ServerTest, CallsThatStillRunAtTheLimitEndAsUnavailable) {
  StartServer();
  grpc::ClientContext context;
  const auto reader = stub_->Sample(&context, Request(4, kEndless, 1));
  v1::SampleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  std::thread drain([&] { server_->Drain(absl::ZeroDuration()); });
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  drain.join();
}

TEST_F(ServerTest, TheObserverGetsCallsMessagesAndStatuses) {
  CountingRpcObserver counts;
  StartServer(1, &counts);
  EXPECT_TRUE(Sample(Request(1, /*steps=*/4, /*frame_interval=*/2)).status.ok());
  EXPECT_FALSE(Sample(Request(0, 1, 0)).status.ok());
  server_.reset();  // after this every call has been counted completely
  const std::string sample = " server_stream ebm.v1.InferenceService/Sample";
  EXPECT_EQ(counts["started" + sample], 2);
  EXPECT_EQ(counts["received" + sample], 2);
  EXPECT_EQ(counts["sent" + sample], 3);  // two frames and the summary
  EXPECT_EQ(counts["handled OK" + sample], 1);
  EXPECT_EQ(counts["handled InvalidArgument" + sample], 1);
}

TEST_F(ServerTest, TheObserverGetsUnaryAndCancelledCalls) {
  CountingRpcObserver counts;
  StartServer(1, &counts);
  v1::ClassifyRequest request;
  *request.mutable_inputs() = FloatTensor({1, 4}, {1, 2, 3, 4});
  grpc::ClientContext classify_context;
  v1::ClassifyResponse response;
  EXPECT_TRUE(stub_->Classify(&classify_context, request, &response).ok());
  {
    grpc::ClientContext context;
    const auto reader = stub_->Sample(&context, Request(1, kEndless, 1));
    v1::SampleResponse frame;
    ASSERT_TRUE(reader->Read(&frame));
    context.TryCancel();
    reader->Finish();
  }
  ASSERT_TRUE(BecomesIdle());
  server_.reset();
  const std::string classify = " unary ebm.v1.InferenceService/Classify";
  EXPECT_EQ(counts["received" + classify], 1);
  EXPECT_EQ(counts["sent" + classify], 1);
  EXPECT_EQ(counts["handled OK" + classify], 1);
  EXPECT_EQ(counts["handled Canceled server_stream ebm.v1.InferenceService/Sample"], 1);
}

TEST_F(ServerTest, UnknownMethodsShareOneName) {
  CountingRpcObserver counts;
  StartServer(1, &counts);
  for (const char* method : {"/ebm.v1.InferenceService/Nonsense", "/no.such/Thing"}) {
    grpc::Status status;
    GenericCall(Channel(), method, "", &status);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
  server_.reset();
  EXPECT_EQ(counts["handled Unimplemented bidi_stream unknown/unknown"], 2);
  for (const auto& [event, count] : counts.counts()) {
    EXPECT_THAT(event, ::testing::Not(::testing::AnyOf(HasSubstr("Nonsense"), HasSubstr("Thing"))));
  }
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1

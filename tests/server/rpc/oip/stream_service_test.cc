// ModelStreamInfer through a real server.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "server/rpc/oip/stream_reactor.h"
#include "tests/server/rpc/oip/service_test_fixture.h"

namespace ebm::rpc::oip {
namespace {

using ::testing::HasSubstr;
using Response = wire::ModelStreamInferResponse;

std::map<std::string, int> ResponsesById(const std::vector<Response>& responses) {
  std::map<std::string, int> numbers;
  for (const Response& response : responses) ++numbers[response.infer_response().id()];
  return numbers;
}

using StreamServiceTest = ServiceTest;

TEST_F(StreamServiceTest, SamplesAreFramesAndAFinalResponse) {
  StartServer();
  grpc::ClientContext context;
  const auto stream = stub_->ModelStreamInfer(&context);
  stream->Write(Samples(/*chains=*/5, /*steps=*/10, /*frame_interval=*/4));
  const std::vector<Response> responses = ReadAll(*stream);
  ASSERT_TRUE(stream->Finish().ok());
  std::multiset<std::pair<int64_t, uint32_t>> seen;
  for (size_t i = 0; i < responses.size(); ++i) {
    EXPECT_EQ(responses[i].error_message(), "");
    EXPECT_EQ(IsFinal(responses[i]), i + 1 == responses.size());
    const auto& answer = responses[i].infer_response();
    for (const uint32_t chain : Output<uint32_t>(answer, "chains")) {
      seen.emplace(answer.parameters().at("step").int64_param(), chain);
    }
  }
  std::multiset<std::pair<int64_t, uint32_t>> expected;
  for (const int64_t step : {4, 8, 10}) {
    for (uint32_t chain = 0; chain < 5; ++chain) expected.emplace(step, chain);
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(responses.back().infer_response().parameters().at("chains_finished").int64_param(), 5);
}

// The endless request neither holds up the others nor is held up by them.
TEST_F(StreamServiceTest, RequestsOfAStreamRunAtTheSameTime) {
  StartServer();
  grpc::ClientContext context;
  const auto stream = stub_->ModelStreamInfer(&context);
  stream->Write(Samples(2, kEndless, 100, "endless"));
  stream->Write(Samples(2, 3, 0, "short"));
  stream->Write(Rows({2, 2, 2, 2}, "rows"));
  std::set<std::string> ended;
  for (Response response; ended.size() < 2 && stream->Read(&response);) {
    if (IsFinal(response)) ended.insert(response.infer_response().id());
  }
  EXPECT_EQ(ended, (std::set<std::string>{"short", "rows"}));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(StreamServiceTest, ErrorsAreResponsesAndTheStreamStaysOpen) {
  StartServer();
  grpc::ClientContext context;
  const auto stream = stub_->ModelStreamInfer(&context);
  wire::ModelInferRequest unknown = Rows({2, 2, 2, 2}, "unknown");
  unknown.set_model_name("nobody");
  for (const auto& bad : {Samples(0, 1, 0, "chains"), Rows({2, 2, 2, 2, 2, 2}, "wide"), unknown}) {
    stream->Write(bad);
    Response response;
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_NE(response.error_message(), "");
    EXPECT_EQ(response.infer_response().id(), bad.id());
    EXPECT_TRUE(IsFinal(response));
  }
  stream->Write(Rows({2, 2, 2, 2}, "good"));
  const std::vector<Response> responses = ReadAll(*stream);
  ASSERT_EQ(responses.size(), 1U);
  EXPECT_EQ(responses[0].error_message(), "");
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StreamServiceTest, TheSameSeedGivesTheSameBitsOnEveryStream) {
  StartServer();
  std::set<std::string> states;
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    const auto stream = stub_->ModelStreamInfer(&context);
    stream->Write(Samples(2, 50, 1, "other"));
    stream->Write(Samples(1, 50, 0, "same"));
    for (const Response& response : ReadAll(*stream)) {
      const auto& answer = response.infer_response();
      if (answer.id() == "same" && answer.outputs_size() > 0) states.insert(answer.raw_output_contents(0));
    }
  }
  EXPECT_EQ(states.size(), 1U);
}

TEST_F(StreamServiceTest, ACancelledStreamFreesItsChains) {
  StartServer();
  grpc::ClientContext context;
  const auto stream = stub_->ModelStreamInfer(&context);
  for (int i = 0; i < 4; ++i) stream->Write(Samples(3, kEndless, 1, std::to_string(i)));
  Response response;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(stream->Read(&response));
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(BecomesIdle());
  server_.reset();
  EXPECT_EQ(memory_.held(), 0U);
}

TEST_F(StreamServiceTest, AVanishedClientsChainsAreFreed) {
  StartServer();
  {
    const auto& stub = stub_;
    grpc::ClientContext context;
    const auto stream = stub->ModelStreamInfer(&context);
    stream->Write(Samples(8, kEndless, 1));
    Response response;
    ASSERT_TRUE(stream->Read(&response));
    context.TryCancel();
    stream->Finish();
  }
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(StreamServiceTest, ManyStreamsThatAreCancelledAtOnceReleaseEverything) {
  StartServer();
  for (int i = 0; i < 200; ++i) {
    grpc::ClientContext context;
    const auto stream = stub_->ModelStreamInfer(&context);
    for (int request = 0; request < i % 5; ++request) {
      stream->Write(request % 2 == 0 ? Samples(3, 20, 1) : Rows({2, 2, 2, 2}));
    }
    Response response;
    for (int read = 0; read < i % 3 && i % 5 > 0; ++read) stream->Read(&response);
    context.TryCancel();
    stream->Finish();
  }
  EXPECT_TRUE(BecomesIdle());
  server_.reset();
  EXPECT_EQ(memory_.held(), 0U);
  EXPECT_TRUE(open_calls_.WaitUntilNone(clock_.Now(), clock_));
}

TEST_F(StreamServiceTest, AStreamAnswersMoreRequestsThanItRunsAtOnce) {
  StartServer();
  constexpr int kRequests = 2 * static_cast<int>(StreamReactor::kMostCalls);
  grpc::ClientContext context;
  const auto stream = stub_->ModelStreamInfer(&context);
  std::thread writer([&stream] {
    for (int i = 0; i < kRequests; ++i) stream->Write(Rows({2, 2, 2, 2}, std::to_string(i)));
    stream->WritesDone();
  });
  std::vector<Response> responses;
  for (Response response; stream->Read(&response);) responses.push_back(response);
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(ResponsesById(responses).size(), static_cast<size_t>(kRequests));
  EXPECT_EQ(responses.size(), static_cast<size_t>(kRequests));
}

// Open calls hold memory, so a stream has only so many, however many requests its client has sent. Through a port,
// since writing to an in-process channel waits for the server to read.
TEST_F(StreamServiceTest, AStreamRunsNoMoreThanItsMostCalls) {
  StartServer();
  const auto& stub = stub_;
  grpc::ClientContext context;
  const auto stream = stub->ModelStreamInfer(&context);
  for (size_t i = 0; i < StreamReactor::kMostCalls + 5; ++i) stream->Write(Samples(1, kEndless, 0));
  const auto chains = [this] {
    const batching::SchedulerStats stats = running_->scheduler().Stats();
    return stats.ready_chains + stats.running_chains;
  };
  while (chains() < static_cast<int64_t>(StreamReactor::kMostCalls)) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {  // time in which a further request would be started
    grpc::ClientContext other;
    wire::ServerLiveResponse live;
    ASSERT_TRUE(stub_->ServerLive(&other, {}, &live).ok());
  }
  EXPECT_EQ(chains(), static_cast<int64_t>(StreamReactor::kMostCalls));
  context.TryCancel();
  stream->Finish();
  EXPECT_TRUE(BecomesIdle());
}

TEST_F(StreamServiceTest, AnEmptyStreamEndsWell) {
  StartServer();
  grpc::ClientContext context;
  const auto stream = stub_->ModelStreamInfer(&context);
  EXPECT_TRUE(ReadAll(*stream).empty());
  EXPECT_TRUE(stream->Finish().ok());
}

// Through a port, since a drain ends in-process channels at once.
TEST_F(StreamServiceTest, ADrainEndsRequestsThatStillRun) {
  StartServer();
  const auto& stub = stub_;
  grpc::ClientContext context;
  const auto stream = stub->ModelStreamInfer(&context);
  stream->Write(Samples(2, kEndless, 1));
  Response response;
  ASSERT_TRUE(stream->Read(&response));
  std::thread drain([this] { server_->Drain(absl::ZeroDuration()); });
  while (response.error_message().empty() && stream->Read(&response)) {
  }
  EXPECT_THAT(response.error_message(), HasSubstr("UNAVAILABLE"));
  stream->WritesDone();
  drain.join();
}

}  // namespace
}  // namespace ebm::rpc::oip

// Every call that has started ends exactly once in the metrics and once in the log, however it ends.

#include <chrono>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/server/rpc/ebm_v1/counting_rpc_observer.h"
#include "tests/server/rpc/ebm_v1/generic_call.h"
#include "tests/server/rpc/ebm_v1/service_test_fixture.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr char kClassify[] = "/ebm.v1.InferenceService/Classify";
constexpr char kSample[] = "/ebm.v1.InferenceService/Sample";

class CallEndsTest : public ServiceTest {
 protected:
  CallEndsTest() { call_log_ = &log_; }

  grpc::Status Classify(grpc::ClientContext& context, int64_t columns = 4) {
    v1::ClassifyRequest request;
    *request.mutable_inputs() = FloatTensor({1, columns}, std::vector<float>(static_cast<size_t>(columns)));
    v1::ClassifyResponse response;
    return stub_->Classify(&context, request, &response);
  }

  // Cancels the call before it reads anything, or after a message.
  void CancelSample(int messages) {
    grpc::ClientContext context;
    const auto reader = stub_->Sample(&context, Request(4, kEndless, 1));
    v1::SampleResponse response;
    for (int i = 0; i < messages; ++i) ASSERT_TRUE(reader->Read(&response));
    context.TryCancel();
    reader->Finish();
  }

  void SampleUntil(std::chrono::milliseconds deadline) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    const auto reader = stub_->Sample(&context, Request(4, kEndless, 0));
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }

  void SampleInEveryWay() {
    EXPECT_TRUE(Sample(Request(2, 4, 2)).status.ok());
    EXPECT_FALSE(Sample(Request(0, 1, 0)).status.ok());
    v1::SampleRequest of_no_model = Request(1, 1, 0);
    of_no_model.mutable_model()->set_name("nobody");
    EXPECT_FALSE(Sample(of_no_model).status.ok());
    CancelSample(0);
    CancelSample(1);
    SampleUntil(std::chrono::milliseconds(30));
    SampleUntil(std::chrono::milliseconds(0));
  }

  void CallOtherMethods() {
    for (const int64_t columns : {4, 5}) {
      grpc::ClientContext context;
      EXPECT_EQ(Classify(context, columns).ok(), columns == 4);
    }
    const auto channel = Channel();
    for (const std::string& method : {std::string(kClassify), std::string("/no.such/Method")}) {
      GenericCall(channel, method, "this is no message");
    }
    GenericCall(channel, "/grpc.health.v1.Health/Check", "");
    GenericCall(channel, "/grpc.health.v1.Health/Watch", "");
    EXPECT_TRUE(counts_.BecomesCounted("handled Canceled server_stream grpc.health.v1.Health/Watch"));
    GenericCall(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "\x3a\x01*");
  }

  void StopWhileACallRuns() {
    grpc::ClientContext context;
    const auto reader = stub_->Sample(&context, Request(4, kEndless, 1));
    v1::SampleResponse response;
    ASSERT_TRUE(reader->Read(&response));
    std::thread stop([this] { Stop(); });
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    stop.join();
  }

  // Of the server; everything is counted afterwards.
  void Stop() {
    server_->Drain(absl::ZeroDuration());
    server_.reset();
  }

  // One call of the service, and its record.
  CallRecord RecordOfClassify(grpc::ClientContext& context, int64_t columns = 4) {
    Classify(context, columns);
    Stop();
    const std::vector<CallRecord> calls = log_.calls();
    EXPECT_THAT(calls, SizeIs(1));
    return calls.empty() ? CallRecord() : calls.front();
  }

  static std::string IdOf(const grpc::ClientContext& context) {
    const auto& metadata = context.GetServerTrailingMetadata();
    const auto id = metadata.find("x-request-id");
    return id == metadata.end() ? "" : std::string(id->second.data(), id->second.size());
  }

  CountingRpcObserver counts_;
  KeptCalls log_;
};

TEST_F(CallEndsTest, EveryCallIsCountedAndLoggedOnceHoweverItEnds) {
  StartServer(1, &counts_);
  SampleInEveryWay();
  CallOtherMethods();
  StopWhileACallRuns();

  EXPECT_THAT(counts_.Open(), Each(Pair(::testing::_, 0)));
  size_t started = 0;
  for (const auto& [event, count] : counts_.counts()) started += event.starts_with("started ") ? count : 0;
  EXPECT_GE(started, 13U);
  EXPECT_THAT(log_.calls(), SizeIs(started));
  EXPECT_EQ(counts_["handled Unavailable server_stream ebm.v1.InferenceService/Sample"], 1);
  EXPECT_EQ(counts_["handled Canceled server_stream grpc.health.v1.Health/Watch"], 1);
  EXPECT_EQ(counts_["handled NotFound server_stream ebm.v1.InferenceService/Sample"], 1);
  for (const CallRecord& call : log_.calls()) EXPECT_THAT(call.request_id, SizeIs(32)) << call.method;
}

TEST_F(CallEndsTest, ARecordHasWhatTheCallWasAndDid) {
  StartServer(1, &counts_);
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "job-7");
  context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const CallRecord call = RecordOfClassify(context);
  EXPECT_EQ(IdOf(context), "job-7");
  EXPECT_EQ(call.request_id, "job-7");
  EXPECT_EQ(call.method, kClassify);
  EXPECT_EQ(call.code, absl::StatusCode::kOk);
  EXPECT_THAT(call.error, IsEmpty());
  EXPECT_THAT(call.peer, ::testing::Not(IsEmpty()));
  ASSERT_TRUE(call.trace.has_value());
  EXPECT_EQ(call.trace->parent_id, "b7ad6b7169203331");
  EXPECT_EQ(call.work.model, "quadratic");
  EXPECT_EQ(call.work.version, "1");
  EXPECT_EQ(call.work.rows, 1);
  ASSERT_TRUE(call.work.queued.has_value() && call.work.computed.has_value());
  EXPECT_GE(call.total, *call.work.queued + *call.work.computed);
}

TEST_F(CallEndsTest, ARefusedCallHasItsError) {
  StartServer(1, &counts_);
  grpc::ClientContext context;
  const CallRecord call = RecordOfClassify(context, /*columns=*/5);
  EXPECT_EQ(call.code, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(call.error, HasSubstr("inputs"));
  EXPECT_EQ(call.work.model, "quadratic");
  EXPECT_FALSE(call.work.queued.has_value());
}

TEST_F(CallEndsTest, ABadIdIsReplacedAndABadTraceIgnored) {
  StartServer(1, &counts_);
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", std::string(129, 'x'));
  context.AddMetadata("traceparent", "00-0");
  const CallRecord call = RecordOfClassify(context);
  EXPECT_THAT(call.request_id, SizeIs(32));
  EXPECT_EQ(IdOf(context), call.request_id);
  EXPECT_FALSE(call.trace.has_value());
}

TEST_F(CallEndsTest, ARecordOfSamplesHasChainsAndSteps) {
  StartServer(1, &counts_);
  EXPECT_TRUE(Sample(Request(3, 7, 0)).status.ok());
  Stop();
  const std::vector<CallRecord> calls = log_.calls();
  ASSERT_THAT(calls, SizeIs(1));
  EXPECT_EQ(calls[0].method, kSample);
  EXPECT_EQ(calls[0].work.chains, 3);
  EXPECT_EQ(calls[0].work.steps, 7);
  EXPECT_EQ(calls[0].work.rows, 0);
  EXPECT_TRUE(calls[0].work.computed.has_value());
}

TEST_F(CallEndsTest, OnlyWantedCallsAreLogged) {
  log_.unwanted = absl::StatusCode::kOk;
  StartServer(1, &counts_);
  EXPECT_TRUE(Sample(Request(1, 1, 0)).status.ok());
  EXPECT_FALSE(Sample(Request(0, 1, 0)).status.ok());
  Stop();
  ASSERT_THAT(log_.calls(), SizeIs(1));
  EXPECT_EQ(log_.calls()[0].code, absl::StatusCode::kInvalidArgument);
}

TEST_F(CallEndsTest, AServerWithoutALogCountsAllTheSame) {
  call_log_ = nullptr;
  StartServer(1, &counts_);
  grpc::ClientContext context;
  EXPECT_TRUE(Classify(context).ok());
  EXPECT_THAT(IdOf(context), SizeIs(32));
  Stop();
  EXPECT_EQ(counts_["handled OK unary ebm.v1.InferenceService/Classify"], 1);
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1

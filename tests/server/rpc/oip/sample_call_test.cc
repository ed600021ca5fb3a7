// A sample request of a stream, step by step: the fake model's workers and the delivery are cranked by hand.

#include "server/rpc/oip/sample_call.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/inference/open_calls.h"
#include "tests/server/inference/fake_model.h"
#include "tests/server/rpc/oip/requests.h"

namespace ebm::rpc::oip {
namespace {

using ::testing::HasSubstr;

// Keeps responses until the test says that they are written.
class FakeResponses final : public Responses {
 public:
  void Send(StreamCall* /*call*/, wire::ModelStreamInferResponse response) override {
    if (out_of_memory) throw std::bad_alloc();
    sent.push_back(std::move(response));
  }
  void SendLast(StreamCall* /*call*/, wire::ModelStreamInferResponse response) override {
    last.push_back(std::move(response));
  }

  std::vector<wire::ModelStreamInferResponse> sent;
  std::vector<wire::ModelStreamInferResponse> last;
  bool out_of_memory = false;
};

class SampleCallTest : public testing::Test {
 protected:
  void SetUp() override { call_ = std::make_shared<SampleCall>(parts_, statistics_, &responses_); }

  void Run(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      model_->Crank(1);
      delivery_.Deliver();
    }
  }
  bool HoldsNothing() {
    return model_->memory().held() == 0 && open_calls_.WaitUntilNone(model_->clock().Now(), model_->clock());
  }

  const std::shared_ptr<inference::FakeModel> model_ = std::make_shared<inference::FakeModel>();
  inference::OpenCalls open_calls_;
  inference::HandDelivery delivery_;
  const inference::CallParts parts_ = {.clock = &model_->clock(), .open_calls = &open_calls_, .delivery = &delivery_};
  const std::shared_ptr<RequestStatistics> statistics_ = std::make_shared<RequestStatistics>();
  FakeResponses responses_;
  std::shared_ptr<SampleCall> call_;
};

TEST_F(SampleCallTest, AFrameIsSentWhenTheOneBeforeIsWritten) {
  call_->Start(model_, SampleRequest(2, 3, 1, "a"), {});
  Run(10);
  ASSERT_EQ(responses_.sent.size(), 1U);
  for (size_t written = 1; written <= 3; ++written) {
    EXPECT_TRUE(responses_.last.empty());
    EXPECT_EQ(responses_.sent.size(), written);
    EXPECT_FALSE(IsFinal(responses_.sent.back()));
    call_->WroteResponse(StreamCall::Written::kYes);
  }
  ASSERT_EQ(responses_.last.size(), 1U);
  EXPECT_TRUE(IsFinal(responses_.last[0]));
  EXPECT_EQ(responses_.last[0].infer_response().id(), "a");
  EXPECT_EQ(statistics_->Get().inference_count(), 2U);
  EXPECT_FALSE(HoldsNothing()) << "its last response is not written yet";
  call_.reset();
  EXPECT_TRUE(HoldsNothing());
}

TEST_F(SampleCallTest, ARefusedRequestIsAnsweredWithItsError) {
  call_->Start(model_, SampleRequest(0, 3, 1, "a"), {});
  ASSERT_EQ(responses_.last.size(), 1U);
  EXPECT_THAT(responses_.last[0].error_message(), HasSubstr("INVALID_ARGUMENT: chains: 0, must be 1 to"));
  EXPECT_EQ(responses_.last[0].infer_response().id(), "a");
  EXPECT_TRUE(IsFinal(responses_.last[0]));
  EXPECT_EQ(statistics_->Get().inference_stats().fail().count(), 1U);
  EXPECT_TRUE(HoldsNothing());
}

TEST_F(SampleCallTest, ACancelledCallEndsWithoutFurtherFrames) {
  call_->Start(model_, SampleRequest(2, 1000, 1), {});
  Run(3);
  ASSERT_EQ(responses_.sent.size(), 1U);
  call_->Cancel();
  call_->WroteResponse(StreamCall::Written::kReaderGone);
  Run(3);
  EXPECT_EQ(responses_.sent.size(), 1U);
  ASSERT_EQ(responses_.last.size(), 1U);
  EXPECT_THAT(responses_.last[0].error_message(), HasSubstr("CANCELLED"));
  EXPECT_TRUE(model_->scheduler().Idle());
  call_.reset();
  EXPECT_TRUE(HoldsNothing());
}

TEST_F(SampleCallTest, ACallThatIsCancelledBeforeItStartsEndsToo) {
  call_->Cancel();
  call_->Start(model_, SampleRequest(2, 1000, 0), {});
  Run(3);
  EXPECT_EQ(responses_.last.size(), 1U);
  EXPECT_TRUE(model_->scheduler().Idle());
}

TEST_F(SampleCallTest, CancellingAnEndedCallDoesNothing) {
  call_->Start(model_, SampleRequest(1, 1, 0), {});
  Run(3);
  call_->WroteResponse(StreamCall::Written::kYes);
  ASSERT_EQ(responses_.last.size(), 1U);
  call_->Cancel();
  EXPECT_EQ(responses_.last.size(), 1U);
}

TEST_F(SampleCallTest, ATimeoutEndsTheCall) {
  wire::ModelInferRequest request = SampleRequest(1, 1000, 0);
  (*request.mutable_parameters())["timeout"].set_int64_param(2000);
  call_->Start(model_, request, {});
  Run(1);
  model_->clock().Advance(absl::Milliseconds(3));
  Run(2);
  ASSERT_EQ(responses_.last.size(), 1U);
  EXPECT_THAT(responses_.last[0].error_message(), HasSubstr("DEADLINE_EXCEEDED"));
}

TEST_F(SampleCallTest, WithoutMemoryForAFrameTheCallEndsWithAnError) {
  responses_.out_of_memory = true;
  call_->Start(model_, SampleRequest(1, 5, 1), {});
  Run(10);
  ASSERT_EQ(responses_.last.size(), 1U);
  EXPECT_THAT(responses_.last[0].error_message(), HasSubstr("RESOURCE_EXHAUSTED"));
  EXPECT_TRUE(model_->scheduler().Idle());
}

}  // namespace
}  // namespace ebm::rpc::oip

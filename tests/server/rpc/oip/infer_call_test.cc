// Requests about rows, on the fake model: -|x|^2 is ln p~, and x_d for d < 3 are the logits.

#include "server/rpc/oip/infer_call.h"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/inference/open_calls.h"
#include "tests/server/inference/fake_model.h"
#include "tests/server/rpc/oip/requests.h"

namespace ebm::rpc::oip {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InferCallTest : public testing::Test {
 protected:
  InferCallTest() { model_->limits().max_rows = 20; }

  absl::StatusOr<wire::ModelInferResponse> Ask(const wire::ModelInferRequest& request,
                                               const inference::Caller& caller = {}) {
    InferCall call(model_, parts_, statistics_);
    std::optional<absl::StatusOr<wire::ModelInferResponse>> answer;
    const absl::Status started = call.Start(request, caller, [&](auto response) { answer = std::move(response); });
    if (!started.ok()) return started;
    EXPECT_FALSE(answer.has_value());
    model_->Crank(100);
    return *answer;
  }

  std::string Refusal(const wire::ModelInferRequest& request) {
    const auto answer = Ask(request);
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(answer.status().message());
  }

  const std::shared_ptr<inference::FakeModel> model_ =
      std::make_shared<inference::FakeModel>(inference::CalibratedInfo());
  inference::OpenCalls open_calls_;
  const inference::CallParts parts_ = {.clock = &model_->clock(), .open_calls = &open_calls_, .delivery = nullptr};
  const std::shared_ptr<RequestStatistics> statistics_ = std::make_shared<RequestStatistics>();
};

TEST_F(InferCallTest, TheDefaultsAreClassesAndDensity) {
  wire::ModelInferRequest request = RowsRequest({4, 2, 2, 2, 2, 2, 2, 0});
  request.set_id("seven");
  const auto answer = Ask(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->model_name(), "fake");
  EXPECT_EQ(answer->model_version(), "1");
  EXPECT_EQ(answer->id(), "seven");
  ASSERT_EQ(answer->outputs_size(), 3);
  EXPECT_THAT(answer->outputs(0).shape(), ElementsAre(2, 3));
  EXPECT_EQ(answer->outputs(1).datatype(), "INT32");
  EXPECT_THAT(Output<int32_t>(*answer, "class"), ElementsAre(2, 0));
  EXPECT_THAT(Output<float>(*answer, "log_density"), ElementsAre(-1, -1));
}

// The calibration halves the logits.
TEST_F(InferCallTest, OutputsAreThoseThatAreNamedInTheirOrder) {
  const auto answer =
      Ask(RowsRequest({2, 2, 2, 2}, {"calibrated_probabilities", "joint_log_density", "probabilities", "p_value",
                                     "outlier_score", "max_softmax", "percentile", "gradient_norm",
                                     "normalized_log_density", "bits_per_dimension", "hidden_means"}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->outputs_size(), 11);
  EXPECT_EQ(answer->outputs(0).name(), "calibrated_probabilities");
  EXPECT_EQ(answer->outputs(9).name(), "bits_per_dimension");
  EXPECT_THAT(answer->outputs(10).shape(), ElementsAre(1, 2));
  for (const std::string& bytes : answer->raw_output_contents()) EXPECT_THAT(bytes, testing::Not(IsEmpty()));
  EXPECT_EQ(answer->parameters().at("log_z_standard_error").double_param(), 0.25);
}

TEST_F(InferCallTest, PlainAndCalibratedProbabilitiesAreToldApart) {
  const auto answer = Ask(RowsRequest({4, 2, 2, 2}, {"calibrated_probabilities", "probabilities"}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const auto plain = Output<float>(*answer, "probabilities");
  const auto calibrated = Output<float>(*answer, "calibrated_probabilities");
  const auto odds = [](const std::vector<float>& p) { return std::log(p[2] / p[0]); };
  EXPECT_NEAR(odds(plain), 2 * odds(calibrated), 1e-4) << "the temperature is 2";
}

TEST_F(InferCallTest, RowsAreEvaluatedOnceForAllOutputs) {
  ASSERT_TRUE(Ask(RowsRequest({2, 2, 2, 2}, {"probabilities", "calibrated_probabilities", "log_density"})).ok());
  EXPECT_EQ(model_->scheduler().Stats().row_tiles, 1);
}

TEST_F(InferCallTest, ExplanationsAreOutputs) {
  const auto answer = Ask(RowsRequest({4, 2, 2, 2}, {"column_rises", "best_values"}));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->outputs(0).shape(), ElementsAre(1, 4));
  EXPECT_THAT(Output<float>(*answer, "best_values"), ElementsAre(FloatNear(2, 0.1F), 2, 2, 2));
}

TEST_F(InferCallTest, RefusesOutputsThatItDoesNotHave) {
  EXPECT_THAT(Refusal(RowsRequest({2, 2, 2, 2}, {"logits"})),
              HasSubstr("there is no output 'logits'; model fake has probabilities, class,"));
  EXPECT_THAT(Refusal(RowsRequest({2, 2, 2, 2}, {"class", "class"})), HasSubstr("class is requested twice"));
  const auto uncalibrated = std::make_shared<inference::FakeModel>();
  InferCall call(uncalibrated, parts_, statistics_);
  const absl::Status lacking = call.Start(RowsRequest({2, 2, 2, 2}, {"p_value"}), {}, [](const auto&) {});
  EXPECT_EQ(lacking.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(lacking.message()), HasSubstr("model fake lacks what p_value needs"));
}

TEST_F(InferCallTest, RefusesMalformedRows) {
  EXPECT_THAT(Refusal(wire::ModelInferRequest()), HasSubstr("inputs: has no x"));
  wire::ModelInferRequest wide;
  AddRawInput(wide, "x", {1, 5}, {1, 2, 3, 4, 5});
  EXPECT_THAT(Refusal(wide), HasSubstr("inputs.shape: [1, 5], must be [n, 4]"));
  wire::ModelInferRequest cut;
  AddRawInput(cut, "x", {1, 4}, {1, 2, 3});
  EXPECT_THAT(Refusal(cut), HasSubstr("12 bytes, must be 16"));
  wire::ModelInferRequest negative;
  AddRawInput(negative, "x", {-1, 4}, {1, 2, 3, 4});
  EXPECT_THAT(Refusal(negative), HasSubstr("inputs.shape[0]: -1"));
  wire::ModelInferRequest scalar;
  AddRawInput(scalar, "x", {}, {1});
  EXPECT_THAT(Refusal(scalar), HasSubstr("inputs.shape: []"));
  EXPECT_THAT(Refusal(RowsRequest(std::vector<float>(84))), HasSubstr("21 rows, must be at most 20"));
  EXPECT_THAT(Refusal(RowsRequest({NAN, 2, 2, 2})), HasSubstr("nan"));
}

TEST_F(InferCallTest, AcceptsTheInputShapeAndBytes) {
  wire::ModelInferRequest pictures;
  AddInput(pictures, "x", "UINT8", {1, 2, 2});
  pictures.add_raw_input_contents(std::string("\x04\x02\x02\x02", 4));
  const auto answer = Ask(pictures);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(Output<int32_t>(*answer, "class"), ElementsAre(2));
}

TEST_F(InferCallTest, RefusesParametersThatRowsDoNotHave) {
  wire::ModelInferRequest request = RowsRequest({2, 2, 2, 2});
  (*request.mutable_parameters())["sequence_id"].set_int64_param(3);
  EXPECT_THAT(Refusal(request), HasSubstr("there is no 'sequence_id' for rows"));
  request = RowsRequest({2, 2, 2, 2});
  (*request.mutable_parameters())["priority"].set_uint64_param(4);
  EXPECT_THAT(Refusal(request), HasSubstr("parameters.priority: 4, must be at most 3"));
  request = RowsRequest({2, 2, 2, 2});
  (*request.mutable_parameters())["timeout"].set_int64_param(-1);
  EXPECT_THAT(Refusal(request), HasSubstr("parameters.timeout: -1, must not be negative"));
}

TEST_F(InferCallTest, ATimeoutIsADeadlineInMicroseconds) {
  wire::ModelInferRequest request = RowsRequest({2, 2, 2, 2});
  (*request.mutable_parameters())["timeout"].set_int64_param(1000);
  InferCall call(model_, parts_, statistics_);
  ASSERT_TRUE(call.Start(request, {}, [](const auto&) {}).ok());
  EXPECT_EQ(model_->scheduler().NextDeadline() - model_->clock().Now(), absl::Milliseconds(1));
  model_->Crank(1);
}

TEST_F(InferCallTest, ATimeoutDoesNotExtendTheCallersDeadline) {
  wire::ModelInferRequest request = RowsRequest({2, 2, 2, 2});
  (*request.mutable_parameters())["timeout"].set_int64_param(int64_t{1} << 62);
  InferCall call(model_, parts_, statistics_);
  const batching::SteadyTime deadline = model_->clock().Now() + absl::Seconds(1);
  ASSERT_TRUE(call.Start(request, {.deadline = deadline}, [](const auto&) {}).ok());
  EXPECT_EQ(model_->scheduler().NextDeadline(), deadline);
  model_->Crank(1);
}

TEST_F(InferCallTest, ACancelledCallEndsWithItsReason) {
  InferCall call(model_, parts_, statistics_);
  absl::Status status;
  ASSERT_TRUE(call.Start(RowsRequest({2, 2, 2, 2}), {}, [&](const auto& answer) { status = answer.status(); }).ok());
  call.Cancel(absl::CancelledError("gone"));
  model_->Crank(1);
  EXPECT_EQ(status, absl::CancelledError("gone"));
  EXPECT_EQ(statistics_->Get().inference_stats().fail().count(), 1U);
}

TEST_F(InferCallTest, StatisticsHaveTheWaitAndTheRowsOfSuccessfulRequests) {
  InferCall call(model_, parts_, statistics_);
  ASSERT_TRUE(call.Start(RowsRequest({2, 2, 2, 2, 2, 2, 2, 2}), {}, [](const auto&) {}).ok());
  model_->clock().Advance(absl::Milliseconds(3));
  model_->Crank(1);
  EXPECT_FALSE(Ask(RowsRequest({1, 2, 3, 4}, {"nothing"})).ok());
  const wire::ModelStatistics statistics = statistics_->Get();
  EXPECT_EQ(statistics.inference_count(), 2U);
  EXPECT_EQ(statistics.inference_stats().success().count(), 1U);
  EXPECT_EQ(statistics.inference_stats().success().ns(), 3'000'000U);
  EXPECT_EQ(statistics.inference_stats().queue().count(), 1U);
  EXPECT_EQ(statistics.inference_stats().queue().ns(), 3'000'000U);
  EXPECT_EQ(statistics.inference_stats().fail().count(), 1U);
}

}  // namespace
}  // namespace ebm::rpc::oip

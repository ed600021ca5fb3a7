#include "server/rpc/answers.h"

#include <cmath>
#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/status.h"
#include "tests/server/rpc/test_model.h"

namespace ebm::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

TEST(SoftmaxTest, RowsSumToOneAtAnyMagnitude) {
  const std::vector<float> logits = {0, 0, 0, 1000, 999, -1000, -3e38F, 3e38F, 0};
  const std::vector<float> p = Softmax(logits, 3);
  for (size_t row = 0; row < 3; ++row) {
    EXPECT_NEAR(std::accumulate(p.begin() + 3 * row, p.begin() + 3 * row + 3, 0.0), 1.0, 1e-6);
  }
  EXPECT_THAT(p[0], FloatEq(1.0F / 3));
  EXPECT_THAT(p[3] / p[4], FloatEq(std::exp(1.0F)));
  EXPECT_EQ(p[7], 1);
}

TEST(FillClassifyResponseTest, TheLowerClassWinsATie) {
  v1::ClassifyResponse response;
  FillClassifyResponse(*MakeTestModel(), {.logits = {1, 1, 0, -1, 2, 2}, .log_density = {0, 0}}, &response);
  EXPECT_THAT(response.classes(), ElementsAre(0, 1));
  EXPECT_THAT(response.class_labels(), ElementsAre("low", "middle", "high"));
}

TEST(FillScoreResponseTest, FieldsThatWereNotAskedForAreEmpty) {
  v1::ScoreResponse response;
  FillScoreResponse(*MakeTestModel(), v1::ScoreRequest(), {.logits = {1, 2, 3}, .log_density = {5}}, &response);
  EXPECT_THAT(response.log_densities(), ElementsAre(5));
  EXPECT_FALSE(response.has_joint_log_densities());
  EXPECT_TRUE(response.max_softmaxes().empty());
  EXPECT_TRUE(response.gradient_norms().empty());
  EXPECT_TRUE(response.percentiles().empty());
}

TEST(FillScoreResponseTest, AnswersAllThatIsAskedFor) {
  v1::ScoreRequest request;
  request.set_include_joint_log_densities(true);
  request.set_include_max_softmax(true);
  request.set_include_gradient_norm(true);
  request.set_include_percentile(true);
  v1::ScoreResponse response;
  FillScoreResponse(*MakeTestModel(), request, {.logits = {0, 0, 0}, .log_density = {5}, .gradient_norm = {7}},
                    &response);
  EXPECT_THAT(ToFloats(response.joint_log_densities()), ElementsAre(0, 0, 0));
  EXPECT_THAT(response.joint_log_densities().shape(), ElementsAre(1, 3));
  EXPECT_THAT(response.max_softmaxes(), ElementsAre(FloatEq(1.0F / 3)));
  EXPECT_THAT(response.gradient_norms(), ElementsAre(7));
  EXPECT_THAT(response.percentiles(), ElementsAre(75));
}

TEST(DescribeModelTest, SpeaksDataUnitsAndNamesWhatItCanDo) {
  const v1::Model model = DescribeModel(*MakeTestModel());
  EXPECT_EQ(model.identity().name(), "quadratic");
  EXPECT_EQ(model.identity().version(), "1");
  EXPECT_THAT(model.input_shape(), ElementsAre(2, 2));
  EXPECT_EQ(model.sampler_defaults().clamp().upper(), 4);
  EXPECT_EQ(model.provenance().at("recipe"), "by hand");
  EXPECT_EQ(model.evaluation().at("test_error"), 0.25);
  EXPECT_THAT(model.capabilities(),
              ElementsAre(v1::CAPABILITY_CLASSIFY, v1::CAPABILITY_SCORE, v1::CAPABILITY_PERCENTILE,
                          v1::CAPABILITY_SAMPLE, v1::CAPABILITY_BUFFER_START));
}

TEST(DescribeModelTest, DoesNotNameWhatTheCheckpointLacks) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.log_density_quantiles.clear();
  checkpoint.start_states.clear();
  checkpoint.start_classes.clear();
  EXPECT_THAT(DescribeModel(*MakeTestModel(checkpoint)).capabilities(),
              ElementsAre(v1::CAPABILITY_CLASSIFY, v1::CAPABILITY_SCORE, v1::CAPABILITY_SAMPLE));
}

TEST(ToGrpcStatusTest, KeepsCodeAndMessage) {
  const grpc::Status status = ToGrpcStatus(absl::FailedPreconditionError("no buffer"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "no buffer");
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST(ToGrpcStatusTest, CutsLongMessages) {
  const grpc::Status status = ToGrpcStatus(absl::InternalError(std::string(100'000, 'x')));
  EXPECT_EQ(status.error_message().size(), kMaxStatusMessage);
}

}  // namespace
}  // namespace ebm::rpc

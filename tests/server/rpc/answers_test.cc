#include "server/rpc/answers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

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
  FillClassifyResponse(*MakeTestModel(), {}, {.logits = {1, 1, 0, -1, 2, 2}, .log_density = {0, 0}}, &response);
  EXPECT_THAT(response.classes(), ElementsAre(0, 1));
  EXPECT_THAT(response.class_labels(), ElementsAre("low", "middle", "high"));
}

Checkpoint CalibratedCheckpoint() {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.calibration = {.class_temperature = 2,
                            .outlier_score = {.quantities = {kLogDensityQuantity, kMaxLogProbabilityQuantity},
                                              .weights = {1, 1},
                                              .means = {3, 0},
                                              .deviations = {2, 1}}};
  checkpoint.calibration_scores = {-1, 0, 0.5F, 2};
  checkpoint.partition = {.log_z = 1.5, .standard_error = 0.25, .chains = 100, .steps = 10};
  return checkpoint;
}

TEST(FillClassifyResponseTest, CalibratedProbabilitiesAreTheSoftmaxOfDividedLogits) {
  v1::ClassifyRequest request;
  request.set_calibrated(true);
  v1::ClassifyResponse response;
  FillClassifyResponse(*MakeTestModel(CalibratedCheckpoint()), request, {.logits = {2, 4, 0}, .log_density = {0}},
                       &response);
  const double sum = std::exp(1.0) + std::exp(2.0) + 1;
  EXPECT_THAT(ToFloats(response.probabilities()),
              ElementsAre(FloatEq(std::exp(1.0) / sum), FloatEq(std::exp(2.0) / sum), FloatEq(1 / sum)));
}

// Three equal logits: the most probable class has ln p = -ln 3.
TEST(FillScoreResponseTest, PValuesAreRanksAmongTheCalibrationScores) {
  v1::ScoreRequest request;
  request.set_include_p_value(true);
  v1::ScoreResponse response;
  FillScoreResponse(*MakeTestModel(CalibratedCheckpoint()), request, {},
                    {.logits = {0, 0, 0, 0, 0, 0}, .log_density = {5, -9}}, &response);
  const auto score = static_cast<float>(1 - std::log(3.0));
  EXPECT_THAT(response.outlier_scores(), ElementsAre(FloatEq(score), FloatEq(score - 7)));
  EXPECT_THAT(response.p_values(), ElementsAre(FloatEq(0.4F), FloatEq(0.2F)));
}

// A request that does not use the log ratio does not pay for it.
TEST(FillScoreResponseTest, TheLogRatioIsWantedIfTheOutlierScoreUsesIt) {
  Checkpoint checkpoint = CalibratedCheckpoint();
  v1::ScoreRequest request;
  request.set_include_p_value(true);
  EXPECT_FALSE(WantsLogRatio(request, *MakeTestModel(checkpoint)));
  checkpoint.spec.base = kGaussianBase;
  checkpoint.calibration->outlier_score.quantities[0] = kLogRatioQuantity;
  const auto model = MakeTestModel(checkpoint);
  EXPECT_TRUE(WantsLogRatio(request, *model));
  EXPECT_FALSE(WantsLogRatio({}, *model));

  v1::ScoreResponse response;
  FillScoreResponse(*model, request, {}, {.logits = {0, 0, 0}, .log_density = {99}, .log_ratio = {5}}, &response);
  EXPECT_THAT(response.outlier_scores(), ElementsAre(FloatEq(static_cast<float>(1 - std::log(3.0)))));
}

TEST(FillScoreResponseTest, BitsPerDimensionReferToTheDataStep) {
  Checkpoint checkpoint = CalibratedCheckpoint();
  v1::ScoreRequest request;
  request.set_include_normalized_log_density(true);
  std::vector<float> bits;
  for (const float step : {0.0F, 1.0F, 0.5F}) {
    checkpoint.spec.data_step = step;
    v1::ScoreResponse response;
    FillScoreResponse(*MakeTestModel(checkpoint), request, std::vector<float>(4),
                      {.logits = {0, 0, 0}, .log_density = {5}}, &response);
    bits.push_back(response.bits_per_dimension(0));
  }
  EXPECT_EQ(bits[1], bits[0]);
  EXPECT_THAT(bits[2], FloatEq(bits[0] + 1));
}

TEST(FillScoreResponseTest, NormalizedLogDensitiesSubtractLnZ) {
  v1::ScoreRequest request;
  request.set_include_normalized_log_density(true);
  v1::ScoreResponse response;
  const auto model = MakeTestModel(CalibratedCheckpoint());
  FillScoreResponse(*model, request, std::vector<float>(4), {.logits = {0, 0, 0}, .log_density = {5}}, &response);
  EXPECT_THAT(response.normalized_log_densities(), ElementsAre(3.5F));
  EXPECT_EQ(response.log_z_standard_error(), 0.25);
  const double in_data_units = 3.5 + 4 * std::log(std::abs(model->spec().scaling.scale));
  EXPECT_THAT(response.bits_per_dimension(), ElementsAre(FloatEq(-in_data_units / (4 * std::log(2.0)))));
}

TEST(FillScoreResponseTest, TheDensityIsZeroOutsideTheBoxOfLnZ) {
  Checkpoint checkpoint = CalibratedCheckpoint();
  checkpoint.partition->box_lower = -1;
  checkpoint.partition->box_upper = 1;
  v1::ScoreRequest request;
  request.set_include_normalized_log_density(true);
  v1::ScoreResponse response;
  const std::vector<float> rows = {-1, 1, 0, 0, /**/ 0, 0, 0, 1.25F, /**/ 0, -1.25F, 0, 0};
  FillScoreResponse(*MakeTestModel(checkpoint), request, rows,
                    {.logits = std::vector<float>(9), .log_density = {5, 5, 5}}, &response);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(response.normalized_log_densities(), ElementsAre(3.5F, -kInfinity, -kInfinity));
  EXPECT_EQ(response.bits_per_dimension(1), kInfinity);
}

TEST(DescribeModelTest, CapabilitiesFollowFromTheCheckpoint) {
  const v1::Model plain = DescribeModel(*MakeTestModel());
  const v1::Model calibrated = DescribeModel(*MakeTestModel(CalibratedCheckpoint()));
  for (const auto capability :
       {v1::CAPABILITY_CALIBRATED_PROBABILITIES, v1::CAPABILITY_P_VALUE, v1::CAPABILITY_NORMALIZED_LOG_DENSITY}) {
    EXPECT_EQ(std::ranges::count(plain.capabilities(), capability), 0);
    EXPECT_EQ(std::ranges::count(calibrated.capabilities(), capability), 1);
  }
  EXPECT_EQ(plain.calibration_rows(), 0U);
  EXPECT_EQ(calibrated.calibration_rows(), 4U);
}

TEST(CheckAbilitiesTest, UnsupportedResultsAreRefusedByFieldName) {
  const auto plain = MakeTestModel();
  const auto calibrated = MakeTestModel(CalibratedCheckpoint());
  v1::ClassifyRequest classify;
  classify.set_calibrated(true);
  v1::ScoreRequest p_value;
  p_value.set_include_p_value(true);
  v1::ScoreRequest normalized;
  normalized.set_include_normalized_log_density(true);
  const auto expect_refused = [&](const auto& request, const std::string& words) {
    EXPECT_TRUE(CheckAbilities(request, *calibrated).ok());
    const absl::Status status = CheckAbilities(request, *plain);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(), words);
  };
  expect_refused(classify, "calibrated: model quadratic holds no calibration");
  expect_refused(p_value, "include_p_value: model quadratic holds no calibration scores");
  expect_refused(normalized, "include_normalized_log_density: model quadratic holds no estimate of ln Z");
}

TEST(FillScoreResponseTest, FieldsThatWereNotRequestedAreEmpty) {
  v1::ScoreResponse response;
  FillScoreResponse(*MakeTestModel(), v1::ScoreRequest(), {}, {.logits = {1, 2, 3}, .log_density = {5}}, &response);
  EXPECT_THAT(response.log_densities(), ElementsAre(5));
  EXPECT_FALSE(response.has_joint_log_densities());
  EXPECT_TRUE(response.max_softmaxes().empty());
  EXPECT_TRUE(response.gradient_norms().empty());
  EXPECT_TRUE(response.percentiles().empty());
}

TEST(FillScoreResponseTest, FillsAllRequestedFields) {
  v1::ScoreRequest request;
  request.set_include_joint_log_densities(true);
  request.set_include_max_softmax(true);
  request.set_include_gradient_norm(true);
  request.set_include_percentile(true);
  v1::ScoreResponse response;
  FillScoreResponse(*MakeTestModel(), request, {}, {.logits = {0, 0, 0}, .log_density = {5}, .gradient_norm = {7}},
                    &response);
  EXPECT_THAT(ToFloats(response.joint_log_densities()), ElementsAre(0, 0, 0));
  EXPECT_THAT(response.joint_log_densities().shape(), ElementsAre(1, 3));
  EXPECT_THAT(response.max_softmaxes(), ElementsAre(FloatEq(1.0F / 3)));
  EXPECT_THAT(response.gradient_norms(), ElementsAre(7));
  EXPECT_THAT(response.percentiles(), ElementsAre(75));
}

TEST(DescribeModelTest, UsesDataUnitsAndListsCapabilities) {
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

TEST(DescribeModelTest, DoesNotListUnsupportedCapabilities) {
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

#include "server/rpc/ebm_v1/responses.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/rpc/status.h"
#include "tests/server/rpc/ebm_v1/test_model.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::ElementsAre;

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

TEST(DescribeModelTest, CapabilitiesFollowFromTheCheckpoint) {
  const v1::Model plain = DescribeModel(MakeTestModel()->info());
  const v1::Model calibrated = DescribeModel(MakeTestModel(CalibratedCheckpoint())->info());
  for (const auto capability :
       {v1::CAPABILITY_CALIBRATED_PROBABILITIES, v1::CAPABILITY_P_VALUE, v1::CAPABILITY_NORMALIZED_LOG_DENSITY}) {
    EXPECT_EQ(std::ranges::count(plain.capabilities(), capability), 0);
    EXPECT_EQ(std::ranges::count(calibrated.capabilities(), capability), 1);
  }
  EXPECT_EQ(plain.calibration_rows(), 0U);
  EXPECT_EQ(calibrated.calibration_rows(), 4U);
}

TEST(DescribeModelTest, UsesDataUnitsAndListsCapabilities) {
  const v1::Model model = DescribeModel(MakeTestModel()->info());
  EXPECT_EQ(model.identity().name(), "quadratic");
  EXPECT_EQ(model.identity().version(), "1");
  EXPECT_THAT(model.input_shape(), ElementsAre(2, 2));
  EXPECT_EQ(model.sampler_defaults().clamp().upper(), 4);
  EXPECT_EQ(model.provenance().at("recipe"), "by hand");
  EXPECT_EQ(model.evaluation().at("test_error"), 0.25);
  EXPECT_THAT(model.capabilities(),
              ElementsAre(v1::CAPABILITY_CLASSIFY, v1::CAPABILITY_SCORE, v1::CAPABILITY_GRADIENT_NORM,
                          v1::CAPABILITY_PERCENTILE, v1::CAPABILITY_SAMPLE, v1::CAPABILITY_BUFFER_START));
}

TEST(DescribeModelTest, DoesNotListUnsupportedCapabilities) {
  Checkpoint checkpoint = QuadraticCheckpoint();
  checkpoint.log_density_quantiles.clear();
  checkpoint.start_states.clear();
  checkpoint.start_classes.clear();
  EXPECT_THAT(
      DescribeModel(MakeTestModel(checkpoint)->info()).capabilities(),
      ElementsAre(v1::CAPABILITY_CLASSIFY, v1::CAPABILITY_SCORE, v1::CAPABILITY_GRADIENT_NORM, v1::CAPABILITY_SAMPLE));
}

TEST(DescribeModelTest, HiddenUnitsAreCountedWhereTheirMeansAreKnown) {
  inference::ModelInfo info = MakeTestModel()->info();
  EXPECT_EQ(DescribeModel(info).hidden_units(), 0U);
  info.hidden_units = 5;
  EXPECT_EQ(DescribeModel(info).hidden_units(), 5U);
  EXPECT_THAT(DescribeModel(info).capabilities(), testing::Contains(v1::CAPABILITY_HIDDEN_MEANS));
}

TEST(ToProtoTest, HiddenMeansHaveARowPerRow) {
  inference::ModelInfo info = MakeTestModel()->info();
  info.hidden_units = 2;
  const v1::ScoreResponse response =
      ToProto(inference::Scores{.log_densities = {5, 6}, .hidden_means = {0, 0.25F, 0.5F, 1}}, info);
  EXPECT_THAT(response.hidden_means().shape(), ElementsAre(2, 2));
  EXPECT_THAT(ToFloats(response.hidden_means()), ElementsAre(0, 0.25F, 0.5F, 1));
}

TEST(ToProtoTest, AClassificationNamesItsModelAndItsClasses) {
  const v1::ClassifyResponse response =
      ToProto({.probabilities = {0.25F, 0.5F, 0.25F}, .classes = {1}}, MakeTestModel()->info());
  EXPECT_EQ(response.model().name(), "quadratic");
  EXPECT_EQ(response.model().version(), "1");
  EXPECT_THAT(ToFloats(response.probabilities()), ElementsAre(0.25F, 0.5F, 0.25F));
  EXPECT_THAT(response.probabilities().shape(), ElementsAre(1, 3));
  EXPECT_THAT(response.classes(), ElementsAre(1));
  EXPECT_THAT(response.class_labels(), ElementsAre("low", "middle", "high"));
}

TEST(ToProtoTest, ScoresKeepWhatTheyHave) {
  const auto model = MakeTestModel();
  const v1::ScoreResponse few = ToProto(inference::Scores{.log_densities = {5}}, model->info());
  EXPECT_THAT(few.log_densities(), ElementsAre(5));
  EXPECT_FALSE(few.has_joint_log_densities());
  EXPECT_FALSE(few.has_log_z_standard_error());
  const v1::ScoreResponse all = ToProto(inference::Scores{.log_densities = {5},
                                                          .joint_log_densities = {1, 2, 3},
                                                          .max_softmaxes = {0.5F},
                                                          .gradient_norms = {7},
                                                          .percentiles = {75},
                                                          .outlier_scores = {-1},
                                                          .p_values = {0.25F},
                                                          .normalized_log_densities = {3},
                                                          .bits_per_dimension = {2},
                                                          .log_z_standard_error = 0.5},
                                        model->info());
  EXPECT_THAT(ToFloats(all.joint_log_densities()), ElementsAre(1, 2, 3));
  EXPECT_THAT(all.joint_log_densities().shape(), ElementsAre(1, 3));
  EXPECT_THAT(all.max_softmaxes(), ElementsAre(0.5F));
  EXPECT_THAT(all.gradient_norms(), ElementsAre(7));
  EXPECT_THAT(all.percentiles(), ElementsAre(75));
  EXPECT_THAT(all.outlier_scores(), ElementsAre(-1));
  EXPECT_THAT(all.p_values(), ElementsAre(0.25F));
  EXPECT_THAT(all.normalized_log_densities(), ElementsAre(3));
  EXPECT_THAT(all.bits_per_dimension(), ElementsAre(2));
  EXPECT_EQ(all.log_z_standard_error(), 0.5);
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
}  // namespace ebm::rpc::ebm_v1

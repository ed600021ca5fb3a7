#include "server/inference/score.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::IsEmpty;

// Three equal logits: the most probable class has ln p = -ln 3.
TEST(ScoreTest, PValuesAreRanksAmongTheCalibrationScores) {
  const Scores scores =
      MakeAnswer(ScoreOptions{.p_value = true}, CalibratedInfo(), {},
                 {.logits = {0, 0, 0, 0, 0, 0}, .log_density = {5, -9}, .comparable_log_density = {5, -9}});
  const auto score = static_cast<float>(1 - std::log(3.0));
  EXPECT_THAT(scores.outlier_scores, ElementsAre(FloatEq(score), FloatEq(score - 7)));
  EXPECT_THAT(scores.p_values, ElementsAre(FloatEq(0.4F), FloatEq(0.2F)));
}

// A request that does not use the log ratio does not pay for it.
TEST(ScoreTest, TheLogRatioIsWantedIfTheOutlierScoreUsesIt) {
  const ScoreOptions options = {.p_value = true};
  ModelInfo info = CalibratedInfo();
  EXPECT_FALSE(WantsLogRatio(options, info));
  info.calibration->outlier_score.quantities[0] = kLogRatioQuantity;
  EXPECT_TRUE(WantsLogRatio(options, info));
  EXPECT_FALSE(WantsLogRatio(ScoreOptions(), info));
  const Scores scores = MakeAnswer(
      options, info, {}, {.logits = {0, 0, 0}, .log_density = {99}, .log_ratio = {5}, .comparable_log_density = {99}});
  EXPECT_THAT(scores.outlier_scores, ElementsAre(FloatEq(static_cast<float>(1 - std::log(3.0)))));
}

TEST(ScoreTest, BitsPerDimensionReferToTheDataStep) {
  ModelInfo info = CalibratedInfo();
  std::vector<float> bits;
  for (const float step : {0.0F, 1.0F, 0.5F}) {
    info.spec.columns.front().step = step;
    const Scores scores = MakeAnswer(ScoreOptions{.normalized_log_density = true}, info, std::vector<float>(4),
                                     {.logits = {0, 0, 0}, .log_density = {5}});
    bits.push_back(scores.bits_per_dimension.at(0));
  }
  EXPECT_EQ(bits[1], bits[0]);
  EXPECT_THAT(bits[2], FloatEq(bits[0] + 1));
}

TEST(ScoreTest, NormalizedLogDensitiesSubtractLnZ) {
  const ModelInfo info = CalibratedInfo();
  const Scores scores = MakeAnswer(ScoreOptions{.normalized_log_density = true}, info, std::vector<float>(4),
                                   {.logits = {0, 0, 0}, .log_density = {5}});
  const double in_data_units = 3.5 + 4 * std::log(0.5);  // the scale of each of the four values
  EXPECT_THAT(scores.normalized_log_densities, ElementsAre(FloatEq(in_data_units)));
  EXPECT_EQ(scores.log_z_standard_error, 0.25);
  EXPECT_THAT(scores.bits_per_dimension, ElementsAre(FloatEq(-in_data_units / (4 * std::log(2.0)))));
}

TEST(ScoreTest, TheDensityIsZeroOutsideTheBoxOfLnZ) {
  ModelInfo info = CalibratedInfo();
  info.partition->box_lower = -1;
  info.partition->box_upper = 1;
  const std::vector<float> rows = {-1, 1, 0, 0, /**/ 0, 0, 0, 1.25F, /**/ 0, -1.25F, 0, 0};
  const Scores scores = MakeAnswer(ScoreOptions{.normalized_log_density = true}, info, rows,
                                   {.logits = std::vector<float>(9), .log_density = {5, 5, 5}});
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(scores.normalized_log_densities, ElementsAre(FloatEq(3.5 + 4 * std::log(0.5)), -kInfinity, -kInfinity));
  EXPECT_EQ(scores.bits_per_dimension.at(1), kInfinity);
}

TEST(ScoreTest, WhatTheModelLacksIsRefusedByFieldName) {
  const auto expect_refused = [](const ScoreOptions& options, const std::string& words) {
    ModelInfo bare = FakeInfo();
    bare.log_density_quantiles.clear();
    EXPECT_EQ(CheckAbilities(options, CalibratedInfo()), absl::OkStatus());
    const absl::Status status = CheckAbilities(options, bare);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(), words);
  };
  expect_refused({.percentile = true}, "include_percentile: model fake holds no validation scores");
  expect_refused({.p_value = true}, "include_p_value: model fake holds no calibration scores");
  expect_refused({.normalized_log_density = true},
                 "include_normalized_log_density: model fake holds no estimate of ln Z");
  expect_refused({.hidden_means = true}, "include_hidden_means: model fake has no hidden units whose means are known");
}

TEST(ScoreTest, WhatWasNotAskedForIsEmpty) {
  const Scores scores = MakeAnswer(ScoreOptions(), FakeInfo(), {}, {.logits = {1, 2, 3}, .log_density = {5}});
  EXPECT_THAT(scores.log_densities, ElementsAre(5));
  EXPECT_THAT(scores.joint_log_densities, IsEmpty());
  EXPECT_THAT(scores.max_softmaxes, IsEmpty());
  EXPECT_THAT(scores.gradient_norms, IsEmpty());
  EXPECT_THAT(scores.percentiles, IsEmpty());
  EXPECT_THAT(scores.hidden_means, IsEmpty());
}

TEST(ScoreTest, HasAllThatWasAskedFor) {
  const ScoreOptions options = {.joint_log_densities = true,
                                .max_softmax = true,
                                .gradient_norm = true,
                                .percentile = true,
                                .hidden_means = true};
  const Scores scores = MakeAnswer(options, FakeInfo(), {},
                                   {.logits = {0, 0, 0},
                                    .log_density = {5},
                                    .gradient_norm = {7},
                                    .hidden_means = {0.25F, 0.5F},
                                    .comparable_log_density = {5}});
  EXPECT_THAT(scores.hidden_means, ElementsAre(0.25F, 0.5F));
  EXPECT_THAT(scores.joint_log_densities, ElementsAre(0, 0, 0));
  EXPECT_THAT(scores.max_softmaxes, ElementsAre(FloatEq(1.0F / 3)));
  EXPECT_THAT(scores.gradient_norms, ElementsAre(7));
  EXPECT_THAT(scores.percentiles, ElementsAre(75));
}

}  // namespace
}  // namespace ebm::inference

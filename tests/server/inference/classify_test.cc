#include "server/inference/classify.h"

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {
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

TEST(ClassifyTest, TheLowerClassWinsATie) {
  const Classification answer =
      MakeAnswer(ClassifyOptions(), FakeInfo(), {.logits = {1, 1, 0, -1, 2, 2}, .log_density = {0, 0}});
  EXPECT_THAT(answer.classes, ElementsAre(0, 1));
}

TEST(ClassifyTest, CalibratedProbabilitiesAreTheSoftmaxOfDividedLogits) {
  const Classification answer =
      MakeAnswer(ClassifyOptions{.calibrated = true}, CalibratedInfo(), {.logits = {2, 4, 0}, .log_density = {0}});
  const double sum = std::exp(1.0) + std::exp(2.0) + 1;
  EXPECT_THAT(answer.probabilities,
              ElementsAre(FloatEq(std::exp(1.0) / sum), FloatEq(std::exp(2.0) / sum), FloatEq(1 / sum)));
}

TEST(ClassifyTest, CalibrationIsRefusedByFieldNameIfTheModelHasNone) {
  const ClassifyOptions calibrated = {.calibrated = true};
  EXPECT_EQ(CheckAbilities(calibrated, CalibratedInfo()), absl::OkStatus());
  EXPECT_EQ(CheckAbilities(ClassifyOptions(), FakeInfo()), absl::OkStatus());
  const absl::Status status = CheckAbilities(calibrated, FakeInfo());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "calibrated: model fake holds no calibration");
}

}  // namespace
}  // namespace ebm::inference

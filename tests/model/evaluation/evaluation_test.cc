#include "model/evaluation/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/core/random.h"
#include "model/evaluation/calibration.h"
#include "model/evaluation/ranking.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

TEST(CalibrationErrorTest, IsZeroWhereConfidenceEqualsAccuracyInEveryBin) {
  const std::vector<double> confidence = {0.5, 0.5, 1.0, 1.0};
  const std::vector<uint8_t> correct = {1, 0, 1, 1};
  EXPECT_DOUBLE_EQ(CalibrationError(confidence, correct), 0.0);
}

TEST(CalibrationErrorTest, WeighsGapsByTheRowsOfTheirBin) {
  // Bin of 0.9: accuracy 1/2, confidence 0.9, 2 of 4 rows. Bin of 0.35: accuracy 1, confidence 0.35, 2 of 4 rows.
  const std::vector<double> confidence = {0.9, 0.9, 0.35, 0.35};
  const std::vector<uint8_t> correct = {1, 0, 1, 1};
  EXPECT_NEAR(CalibrationError(confidence, correct), 0.5 * 0.4 + 0.5 * 0.65, 1e-12);
}

TEST(AreaUnderCurveTest, EqualsTheShareOfOrderedPairsWithTiesHalf) {
  std::vector<float> inside(40);
  std::vector<float> outside(30);
  FillNormal({.seed = 1}, inside);
  FillNormal({.seed = 2}, outside);
  for (float& value : inside) value = std::round(2 * value + 1) / 2;  // rounding makes ties
  for (float& value : outside) value = std::round(2 * value) / 2;
  double pairs = 0;
  for (const float in : inside) {
    for (const float out : outside) pairs += in > out ? 1.0 : (in == out ? 0.5 : 0.0);
  }
  EXPECT_DOUBLE_EQ(AreaUnderCurve(inside, outside), pairs / (40 * 30));
}

TEST(QuantilesTest, RunFromTheMinimumToTheMaximumLinearly) {
  EXPECT_THAT(Quantiles({4, 0, 2}, 5), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Quantiles({3, 1}, 2), ElementsAre(1, 3));
}

}  // namespace
}  // namespace ebm

#include "model/offline/data/dequantisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

ModelSpec SpecWithStep(float step) {
  ModelSpec spec;
  spec.input_shape = {4};
  spec.columns.front().scaling = {.scale = -0.25F, .offset = 1};
  spec.columns.front().step = step;
  return spec;
}

TEST(DequantiseTest, AddsHalfAStepToEitherSideAtMost) {
  std::vector<double> moves;
  for (uint32_t index = 0; index < 5000; ++index) {
    std::vector<float> row(4, 3);
    Dequantise(SpecWithStep(2), 7, index, 0, row);
    for (const float value : row) moves.push_back((value - 3.0) / 0.5 + 0.5);
  }
  EXPECT_GE(std::ranges::min(moves), -1e-6);
  EXPECT_LE(std::ranges::max(moves), 1 + 1e-6);
  const double variance = 1.0 / 12 / static_cast<double>(moves.size());
  EXPECT_TRUE(reference::IsNormalDraw(reference::Mean(moves), 0.5, std::sqrt(variance), reference::kAllowedFailure));
}

TEST(DequantiseTest, LeavesContinuousDataAlone) {
  std::vector<float> row = {0.1F, 0.2F, 0.3F, 0.4F};
  Dequantise(SpecWithStep(0), 7, 0, 0, row);
  EXPECT_EQ(row, (std::vector<float>{0.1F, 0.2F, 0.3F, 0.4F}));
}

TEST(ScaledStepsTest, AreWidthsWhateverTheScalesSign) {
  EXPECT_THAT(ScaledSteps(SpecWithStep(2)), testing::Each(0.5F));
}

}  // namespace
}  // namespace ebm

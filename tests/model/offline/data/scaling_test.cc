#include "model/offline/data/scaling.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/core/random.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

TEST(ScalingTest, RangeIsTheLeastAndTheGreatestValue) {
  const MatrixBuffer data({3, -2, 7, 0}, 2, 2);
  EXPECT_EQ(RangeOf(data.view()), (DataRange{-2, 7}));
}

TEST(ScalingTest, MapsTheRangeOntoTheUnitBox) {
  const DataScaling scaling = ScalingToUnitBox({0, 16}).value();
  EXPECT_EQ(scaling.ToScaled(0), -1);
  EXPECT_EQ(scaling.ToScaled(8), 0);
  EXPECT_EQ(scaling.ToScaled(16), 1);
}

TEST(ScalingTest, SurvivesTheWidestRange) {
  constexpr float kMax = std::numeric_limits<float>::max();
  const DataScaling scaling = ScalingToUnitBox({-kMax, kMax}).value();
  EXPECT_FLOAT_EQ(scaling.ToScaled(kMax), 1);
}

TEST(ScalingTest, RefusesConstantData) {
  EXPECT_EQ(ScalingToUnitBox({3, 3}).status().code(), absl::StatusCode::kInvalidArgument);
}

// exp of normal draws around 0 and 2, one class each.
ColumnSample LogNormal(int n, uint32_t chain, const std::vector<int32_t>& classes) {
  std::vector<float> draws(n);
  FillNormal({.seed = 5, .stream = RandomStream::kEvaluation, .chain = chain}, draws);
  ColumnSample sample = {.values = {}, .classes = classes};
  for (int i = 0; i < n; ++i) sample.values.push_back(std::exp(draws[i] + 2 * classes[i]) / 10 - 1);
  return sample;
}

std::vector<int32_t> InTurn(int n) {
  std::vector<int32_t> classes(n);
  for (int i = 0; i < n; ++i) classes[i] = i % 2;
  return classes;
}

TEST(ChoosePowerTest, ASkewedColumnIsTransformed) {
  const std::vector<int32_t> classes = InTurn(400);
  const float lambda = ChoosePower(LogNormal(400, 0, classes), LogNormal(400, 1, classes));
  EXPECT_LT(lambda, 0.5F);
}

TEST(ChoosePowerTest, ANormalColumnStaysAsItIs) {
  const std::vector<int32_t> classes = InTurn(400);
  ColumnSample train = LogNormal(400, 2, classes);
  ColumnSample validation = LogNormal(400, 3, classes);
  for (ColumnSample* const sample : {&train, &validation}) {
    for (double& value : sample->values) value = std::log(10 * (value + 1));
  }
  EXPECT_EQ(ChoosePower(train, validation), 1);
}

TEST(ChoosePowerTest, AConstantColumnStaysAsItIs) {
  const std::vector<int32_t> classes = InTurn(10);
  const ColumnSample sample = {.values = std::vector<double>(10, 3), .classes = classes};
  EXPECT_EQ(ChoosePower(sample, sample), 1);
}

TEST(UseThresholdTest, ColumnsOfNumbersShareTheirRangeSoThatConstantOnesHaveTwoLevels) {
  std::vector<DataColumn> columns = {{.name = "dark", .range = {0, 0}},
                                     {.name = "grey", .range = {3, 200}, .step = 1},
                                     {.name = "sex", .kind = ColumnKind::kBinary, .range = {1, 2}, .step = 1},
                                     {.name = "label", .kind = ColumnKind::kLabel}};
  ASSERT_EQ(UseThreshold(100, columns), absl::OkStatus());
  for (const size_t i : {0, 1}) {
    EXPECT_EQ(columns[i].range, (DataRange{0, 200}));
    EXPECT_EQ(columns[i].step, 200);
    EXPECT_EQ(columns[i].threshold, 100.0F);
  }
  EXPECT_EQ(columns[2].step, 1);
  EXPECT_FALSE(columns[2].threshold.has_value() || columns[3].threshold.has_value());
}

TEST(UseThresholdTest, RefusesAThresholdWithoutValuesOnBothSides) {
  for (const float threshold : {0.0F, 201.0F, NAN}) {
    std::vector<DataColumn> columns = {{.range = {0, 200}}};
    EXPECT_THAT(std::string(UseThreshold(threshold, columns).message()),
                testing::HasSubstr("the columns of numbers range from 0 to 200"));
  }
  std::vector<DataColumn> none = {{.kind = ColumnKind::kBinary, .range = {1, 2}, .step = 1}};
  EXPECT_FALSE(UseThreshold(1, none).ok());
}

TEST(ScaleColumnsTest, StandardisesThroughThePowerTransform) {
  const std::vector<int32_t> classes = InTurn(400);
  const ColumnSample sample = LogNormal(400, 0, classes);
  LabelledData data = {MatrixBuffer(400, 1), classes};
  for (int64_t i = 0; i < 400; ++i) data.rows.row(i)[0] = static_cast<float>(sample.values[i]);
  std::vector<DataColumn> columns = {{.range = RangeOf(std::as_const(data.rows).view())}};
  ASSERT_TRUE(ScaleColumns(ScalingKind::kStandardised, data, data, columns).ok());
  ASSERT_TRUE(columns[0].power.has_value());
  const MatrixBuffer x = *EncodeRows({.input_shape = {1}, .columns = columns}, std::as_const(data.rows).view());
  double mean = 0;
  double square = 0;
  for (const float value : x.values()) {
    mean += value / 400.0;
    square += value * value / 400.0;
  }
  EXPECT_NEAR(mean, 0, 1e-4);
  EXPECT_NEAR(square, 1, 1e-4);
}

}  // namespace
}  // namespace ebm

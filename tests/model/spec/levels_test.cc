// Columns in the domain of levels: the coordinates of discrete models.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

// Whole numbers from -2 in steps of 2, two values, a category, and a label between them.
ModelSpec LevelsSpec() {
  ModelSpec spec = {
      .input_shape = {3},
      .network = RbmSpec{.hidden_units = 4},
      .class_labels = {"no", "yes"},
      .columns =
          {{.name = "count", .kind = ColumnKind::kWholeNumber, .range = {-2, 6}, .step = 2},
           {.name = "answer", .kind = ColumnKind::kLabel},
           {.name = "sex", .kind = ColumnKind::kBinary, .range = {1, 2}, .step = 1, .values = {{"1", 1}, {"2", 2}}},
           {.name = "colour",
            .kind = ColumnKind::kCategory,
            .range = {0, 2},
            .step = 1,
            .values = {{"red", 0}, {"green", 1}, {"blue", 2}}}},
      .base = kIndependentBase};
  spec.UseDomainOfFamily();
  for (DataColumn& column : spec.columns) {
    if (column.is_input()) column.scaling = ScalingToLevels(column);
  }
  return spec;
}

TEST(LevelsTest, EveryValueHasOneCoordinateTheNumberOfItsLevel) {
  const ModelSpec spec = LevelsSpec();
  ASSERT_EQ(spec.Validate(), absl::OkStatus());
  EXPECT_EQ(spec.dimension(), 3);
  std::vector<float> x(3);
  ASSERT_EQ(EncodeRow(spec, std::vector<float>{4, 2, 1}, x), absl::OkStatus());
  EXPECT_THAT(x, ElementsAre(3, 1, 1));
  std::vector<float> row(3);
  DecodeRow(spec, x, row);
  EXPECT_THAT(row, ElementsAre(4, 2, 1));
}

TEST(LevelsTest, IndicatorsAreOneForTwoLevelsAndOnePerLevelForMore) {
  const Indicators indicators(LevelsSpec());
  EXPECT_THAT(indicators.levels(), ElementsAre(5, 2, 3));
  EXPECT_EQ(indicators.count(), 5 + 1 + 3);
  EXPECT_EQ(indicators.At(0, 4), 4);
  EXPECT_EQ(indicators.At(1, 0), -1);
  EXPECT_EQ(indicators.At(1, 1), 5);
  EXPECT_EQ(indicators.At(2, 0), 6);
}

TEST(LevelsTest, RefusesNumbersThatAreNoLevel) {
  const auto refusal = [](std::vector<float> row) {
    std::vector<float> x(3);
    return std::string(EncodeRow(LevelsSpec(), row, x).message());
  };
  EXPECT_THAT(refusal({3, 1, 0}), HasSubstr("column 'count' is 3, must be -2 to 6 in steps of 2"));
  EXPECT_THAT(refusal({8, 1, 0}), HasSubstr("column 'count' is 8, must be"));
  EXPECT_THAT(refusal({kMissing, 1, 0}), HasSubstr("column 'count' is nan, must be"));
  EXPECT_THAT(refusal({std::numeric_limits<float>::infinity(), 1, 0}), HasSubstr("column 'count' is inf, must be"));
  EXPECT_THAT(refusal({0, 3, 0}), HasSubstr("column 'sex' is 3, which is none of the codes"));
}

TEST(LevelsTest, MissingValuesAreKeptWhereTheyMayBe) {
  std::vector<float> x(3);
  ASSERT_EQ(EncodeRow(LevelsSpec(), std::vector<float>{kMissing, 1, kMissing}, x, MissingValues::kKept),
            absl::OkStatus());
  EXPECT_TRUE(std::isnan(x[0]) && x[1] == 0 && std::isnan(x[2]));
}

TEST(LevelsTest, LogDensitiesAreThoseOfProbabilities) {
  const ModelSpec spec = LevelsSpec();
  const std::vector<float> x = {3, 1, 1};
  EXPECT_EQ(LogVolume(spec, x), 0);
  EXPECT_EQ(LogCell(spec), 0);
  EXPECT_EQ(KnownValuesOf(spec, x).count, 3);
}

TEST(LevelsTest, OnlyWholeNumbersWithinTheRangeAreLevels) {
  const ModelSpec spec = LevelsSpec();
  EXPECT_EQ(CheckLevels(spec, std::vector<float>{4, 1, 2}), absl::OkStatus());
  EXPECT_THAT(std::string(CheckLevels(spec, std::vector<float>{5, 1, 2}).message()),
              HasSubstr("coordinate 0 is 5, must be a whole number from 0 to 4"));
  EXPECT_THAT(std::string(CheckLevels(spec, std::vector<float>{0, 0.25F, 2}).message()), HasSubstr("coordinate 1 is"));
  EXPECT_THAT(std::string(CheckLevels(spec, std::vector<float>{0, 1, kMissing}).message()),
              HasSubstr("coordinate 2 is"));
  EXPECT_EQ(CheckLevels(spec, std::vector<float>{0, 1, kMissing}, MissingValues::kKept), absl::OkStatus());
}

TEST(LevelsTest, NearestLevelsStayInTheRange) {
  std::vector<float> x = {1.4F, -3, 99};
  RoundToLevels(LevelsSpec(), x);
  EXPECT_THAT(x, ElementsAre(1, 0, 2));
}

// Far from 0, float32 has hardly more digits than the steps need.
TEST(LevelsTest, EveryLevelOfSmallStepsComesBack) {
  ModelSpec spec = LevelsSpec();
  DataColumn& column = spec.columns[0];
  column.kind = ColumnKind::kContinuous;
  column.step = 0.01F;
  column.range = {273, 313};
  column.scaling = ScalingToLevels(column);
  ASSERT_EQ(spec.Validate(), absl::OkStatus());
  ASSERT_EQ(column.levels(), 4001);
  for (int level = 0; level <= 4000; ++level) {
    const std::vector<float> row = {static_cast<float>(273 + level * 0.01), 1, 0};
    std::vector<float> x(3);
    ASSERT_EQ(EncodeRow(spec, row, x), absl::OkStatus()) << row[0];
    ASSERT_EQ(x[0], level);
    std::vector<float> decoded(3);
    DecodeRow(spec, x, decoded);
    ASSERT_EQ(EncodeRow(spec, decoded, x), absl::OkStatus()) << decoded[0];
    ASSERT_EQ(x[0], level);
  }
}

TEST(LevelsTest, MoreClassesThanLevelsAreRefused) {
  ModelSpec spec = LevelsSpec();
  spec.class_labels.clear();
  for (int y = 0; y < 4097; ++y) spec.class_labels.push_back(std::to_string(y));
  EXPECT_THAT(std::string(spec.Validate().message()),
              HasSubstr("class_labels has 4097 entries; family rbm has at most"));
}

TEST(LevelsTest, OneColumnCanDescribeAllPixels) {
  ModelSpec spec = {.input_shape = {2, 2},
                    .network = RbmSpec{.hidden_units = 4},
                    .class_labels = {"all"},
                    .columns = {{.range = {0, 16}, .step = 1}},
                    .base = kIndependentBase};
  spec.UseDomainOfFamily();
  ASSERT_EQ(spec.Validate(), absl::OkStatus());
  EXPECT_EQ(Indicators(spec).count(), 4 * 17);
}

// Four pixels from 0 to 255, of which those from 100 on are 1.
ModelSpec GreySpec() {
  ModelSpec spec = {.input_shape = {2, 2},
                    .network = RbmSpec{.hidden_units = 4},
                    .class_labels = {"all"},
                    .columns = {{.range = {0, 255}, .step = 255, .threshold = 100.0F}},
                    .base = kIndependentBase};
  spec.UseDomainOfFamily();
  spec.columns[0].scaling = ScalingToLevels(spec.columns[0]);
  return spec;
}

TEST(LevelsTest, AThresholdMakesTwoLevelsOfAllNumbers) {
  const ModelSpec spec = GreySpec();
  ASSERT_EQ(spec.Validate(), absl::OkStatus());
  EXPECT_EQ(spec.columns[0].levels(), 2);
  EXPECT_FALSE(ArePlain(spec.columns)) << "there is more to it than a range and a step";
  std::vector<float> x(4);
  ASSERT_EQ(EncodeRow(spec, std::vector<float>{99.5F, 100, 255, -3}, x), absl::OkStatus());
  EXPECT_THAT(x, ElementsAre(0, 1, 1, 0));
  std::vector<float> row(4);
  DecodeRow(spec, x, row);
  EXPECT_THAT(row, ElementsAre(0, 255, 255, 0));
  EncodeValue(spec.columns[0], 101, std::span(x).first(1));
  EXPECT_EQ(x[0], 1);
  EXPECT_THAT(std::string(EncodeRow(spec, std::vector<float>{0, kMissing, 0, 0}, x).message()),
              HasSubstr("value 1 is nan, must be finite"));
  ASSERT_EQ(EncodeRow(spec, std::vector<float>{0, kMissing, 0, 0}, x, MissingValues::kKept), absl::OkStatus());
  EXPECT_TRUE(std::isnan(x[1]));
}

TEST(LevelsTest, RefusesThresholdsThatDivideNothing) {
  const auto refusal = [](auto change) {
    ModelSpec spec = GreySpec();
    change(spec.columns[0]);
    return std::string(spec.Validate().message());
  };
  EXPECT_THAT(refusal([](DataColumn& c) { c.threshold = 0.0F; }), HasSubstr("must be above 0 and at most 255"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.threshold = 256.0F; }), HasSubstr("must be above 0 and at most 255"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.threshold = kMissing; }), HasSubstr("threshold is nan"));
  EXPECT_THAT(refusal([](DataColumn& c) {
                c.step = 1;
                c.scaling = ScalingToLevels(c);
              }),
              HasSubstr("only numbers of two levels have a threshold"));
}

TEST(LevelsTest, ASpecMustHaveTheDomainOfItsFamily) {
  ModelSpec spec = LevelsSpec();
  spec.columns[0].domain = Domain::kReal;
  EXPECT_THAT(std::string(spec.Validate().message()),
              HasSubstr("column 'count' does not have the domain of family rbm"));
}

TEST(LevelsTest, RefusesColumnsWithoutLevels) {
  const auto refusal = [](auto change) {
    ModelSpec spec = LevelsSpec();
    change(spec.columns[0]);
    return std::string(spec.Validate().message());
  };
  EXPECT_THAT(refusal([](DataColumn& c) { c.step = 0; }), HasSubstr("levels need a data_step"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.range.maximum = 5; }), HasSubstr("levels need a whole number of steps"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.range.maximum = 1e6F; }), HasSubstr("from 1 to 4095"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.range.maximum = -2 + 2 * 4095.9995F; }), HasSubstr("from 1 to 4095"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.scaling.offset = 0; }), HasSubstr("that to levels is 0.5 * x + 1"));
  EXPECT_THAT(refusal([](DataColumn& c) { c.scaling.scale = 1; }), HasSubstr("that to levels is 0.5 * x + 1"));
}

TEST(LevelsTest, RefusesTheBasesAndActivationsOfRealCoordinates) {
  ModelSpec spec = LevelsSpec();
  spec.base = kGaussianBase;
  EXPECT_THAT(std::string(spec.Validate().message()), HasSubstr("those of family rbm are: independent"));
  spec.base = "";
  EXPECT_THAT(std::string(spec.Validate().message()), HasSubstr("those of family rbm are: independent"));
  spec.base = kIndependentBase;
  EXPECT_EQ(spec.Validate(), absl::OkStatus());
  spec.activation = "elu";
  EXPECT_THAT(std::string(spec.Validate().message()), HasSubstr("activation is \"elu\"; family rbm has none"));
  spec.activation = "";
  spec.network = RbmSpec{.hidden_units = 0};
  EXPECT_THAT(std::string(spec.Validate().message()), HasSubstr("hidden_units is 0; 1 to"));
}

}  // namespace
}  // namespace ebm

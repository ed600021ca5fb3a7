// Rows in data units become coordinates and come back; densities over both agree.

#include "model/spec/row_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

// Continuous, skewed, whole, binary with numbers, category with words; and a label between them.
ModelSpec MixedSpec() {
  return {.input_shape = {5},
          .class_labels = {"no", "yes"},
          .columns = {{.name = "width", .range = {0, 10}, .scaling = {.scale = 0.5F, .offset = -1}},
                      {.name = "income",
                       .range = {0, 1000},
                       .scaling = {.scale = 0.01F, .offset = 0},
                       .power = PowerTransform{.lambda = 0.25F, .outer = {.scale = 2, .offset = -3}}},
                      {.name = "answer", .kind = ColumnKind::kLabel},
                      {.name = "count", .kind = ColumnKind::kWholeNumber, .range = {0, 9}, .step = 1},
                      {.name = "sex",
                       .kind = ColumnKind::kBinary,
                       .range = {1, 2},
                       .scaling = {.scale = 2, .offset = -1},
                       .step = 1,
                       .values = {{"1", 1}, {"2", 2}}},
                      {.name = "colour",
                       .kind = ColumnKind::kCategory,
                       .range = {0, 2},
                       .scaling = {.scale = 2, .offset = 0},
                       .step = 1,
                       .values = {{"red", 0}, {"green", 1}, {"blue", 2}}}}};
}

std::vector<float> Encoded(const ModelSpec& spec, std::vector<float> row) {
  std::vector<float> x(static_cast<size_t>(spec.dimension()));
  EXPECT_TRUE(EncodeRow(spec, row, x).ok());
  return x;
}

std::vector<float> Decoded(const ModelSpec& spec, std::vector<float> x) {
  std::vector<float> row(static_cast<size_t>(spec.num_values()));
  DecodeRow(spec, x, row);
  return row;
}

std::string Refusal(std::vector<float> row) {
  std::vector<float> x(7);
  return std::string(EncodeRow(MixedSpec(), row, x).message());
}

TEST(RowCodecTest, ACategoryHasACoordinateForEachValue) {
  EXPECT_EQ(MixedSpec().num_values(), 5);
  EXPECT_EQ(MixedSpec().dimension(), 7);
  const std::vector<float> x = Encoded(MixedSpec(), {4, 0, 3, 2, 1});
  EXPECT_THAT(x, ElementsAre(1, -3, 3, 1, 0, 2, 0));
}

TEST(RowCodecTest, TheRangesOfColumnsAreEncodedAsTheirValuesAre) {
  const ModelSpec spec = {.input_shape = {2, 1, 2},
                          .columns = {{.range = {0, 4}, .scaling = {.scale = 0.5F, .offset = -1}},
                                      {.range = {3, 7}, .power = PowerTransform{.lambda = 0, .outer = {.scale = 2}}}}};
  const MatrixBuffer ranges = EncodedRanges(spec);
  EXPECT_THAT(ranges.row(0), ::testing::ElementsAreArray(Encoded(spec, {0, 0, 3, 3})));
  EXPECT_THAT(ranges.row(1), ::testing::ElementsAreArray(Encoded(spec, {4, 4, 7, 7})));
}

TEST(RowCodecTest, DecodingUndoesEncoding) {
  for (const std::vector<float>& row :
       {std::vector<float>{4, 250, 3, 2, 1}, {-7.5F, -40, -2, 1, 2}, {0, 1e6F, 0, 1, 0}}) {
    const std::vector<float> back = Decoded(MixedSpec(), Encoded(MixedSpec(), row));
    for (size_t i = 0; i < row.size(); ++i) EXPECT_NEAR(back[i], row[i], 1e-4 * (1 + std::abs(row[i]))) << i;
  }
}

TEST(RowCodecTest, StatesBetweenValuesTakeTheNearest) {
  EXPECT_THAT(Decoded(MixedSpec(), {1, -3, 2.6F, -0.1F, 0.4F, 0.2F, 0.3F}), ElementsAre(4, 0, 3, 1, 0));
}

TEST(RowCodecTest, ColumnsOfAPictureDescribeItsChannels) {
  const ModelSpec spec = {.input_shape = {2, 1, 2},
                          .columns = {{.scaling = {.scale = 2, .offset = 0}}, {.scaling = {.scale = 3, .offset = 1}}}};
  EXPECT_THAT(Encoded(spec, {1, 2, 1, 2}), ElementsAre(2, 4, 4, 7));
  EXPECT_THAT(Decoded(spec, {2, 4, 4, 7}), ElementsAre(1, 2, 1, 2));
}

TEST(RowCodecTest, RefusesValuesThatAColumnCannotHave) {
  EXPECT_THAT(Refusal({kNotANumber, 0, 0, 1, 0}), HasSubstr("column 'width' is nan, must be finite"));
  EXPECT_THAT(Refusal({0, 0, 0, 3, 0}),
              HasSubstr("column 'sex' is 3, which is none of the codes of its 2 values: 1, 2"));
  EXPECT_THAT(Refusal({0, 0, 0, 1, 1.5F}), HasSubstr("column 'colour' is 1.5"));
  const ModelSpec unnamed = {.input_shape = {2}};
  std::vector<float> x(2);
  EXPECT_THAT(std::string(EncodeRow(unnamed, std::vector<float>{0, kNotANumber}, x).message()),
              HasSubstr("value 1 is nan"));
}

// The derivative of the coordinates in the row, by differences.
TEST(RowCodecTest, TheVolumeIsThatOfTheTransformations) {
  const ModelSpec spec = MixedSpec();
  const std::vector<float> row = {4, 250, 3, 2, 1};
  double expected = std::log(2.0) * 4;  // the scales of the binary column and of the three coordinates of the category
  for (size_t i = 0; i < 3; ++i) {
    std::vector<float> above = row;
    std::vector<float> below = row;
    above[i] += 0.5F;
    below[i] -= 0.5F;
    const std::vector<float> x_above = Encoded(spec, above);
    const std::vector<float> x_below = Encoded(spec, below);
    expected += std::log(double{x_above[i]} - x_below[i]);
  }
  EXPECT_NEAR(LogVolume(spec, Encoded(spec, row)), expected, 1e-4);
}

TEST(RowCodecTest, AKeptGapIsOneOfAllItsCoordinates) {
  const ModelSpec spec = MixedSpec();
  const std::vector<float> complete = Encoded(spec, {4, 100, 3, 2, 1});
  for (size_t value = 0; value < 5; ++value) {
    std::vector<float> row = {4, 100, 3, 2, 1};
    row[value] = kNotANumber;
    std::vector<float> x(7);
    ASSERT_TRUE(EncodeRow(spec, row, x, MissingValues::kKept).ok());
    for (size_t i = 0; i < 7; ++i) {
      const bool is_missing = i == value || (value == 4 && i >= 4);
      EXPECT_TRUE(is_missing ? std::isnan(x[i]) : x[i] == complete[i]) << value << ", " << i;
    }
  }
}

TEST(RowCodecTest, InfinityIsNoGap) {
  for (const float infinite : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
    for (size_t value = 0; value < 5; ++value) {
      std::vector<float> row = {4, 100, 3, 2, 1};
      row[value] = infinite;
      std::vector<float> x(7);
      EXPECT_FALSE(EncodeRow(MixedSpec(), row, x, MissingValues::kKept).ok()) << value;
    }
  }
}

TEST(RowCodecTest, GapsHaveNeitherVolumeNorCell) {
  ModelSpec spec = MixedSpec();
  const std::vector<float> x = Encoded(spec, {4, 100, 3, 2, 1});
  std::vector<float> some(7, kNotANumber);
  std::vector<float> rest = x;
  for (const size_t i : {1, 4, 5, 6}) std::swap(some[i], rest[i]);
  EXPECT_NEAR(LogVolume(spec, some) + LogVolume(spec, rest), LogVolume(spec, x), 1e-12);
  EXPECT_EQ(LogVolume(spec, std::vector<float>(7, kNotANumber)), 0);
  EXPECT_EQ(KnownValuesOf(spec, some).count, 2);
  EXPECT_EQ(KnownValuesOf(spec, rest).count, 3);
  for (DataColumn& column : spec.columns) column.step = 0.5F;
  EXPECT_NEAR(KnownValuesOf(spec, rest).log_cell, 3 * std::log(0.5), 1e-12);
}

TEST(RowCodecTest, TheCellIsThatOfTheSteps) {
  ModelSpec spec = MixedSpec();
  EXPECT_EQ(LogCell(spec), 0);
  spec.columns[0].step = 0.25F;
  EXPECT_NEAR(LogCell(spec), std::log(0.25), 1e-12);
}

TEST(YeoJohnsonTest, IsTheOneThatThePaperHas) {
  for (const double lambda : {0.0, 0.5, 1.0, 1.5, 2.0}) {
    for (const double y : {-3.0, -0.5, 0.0, 0.25, 4.0}) {
      const double other = 2 - lambda;
      double expected = 0;
      if (y >= 0) {
        expected = lambda == 0 ? std::log(y + 1) : (std::pow(y + 1, lambda) - 1) / lambda;
      } else {
        expected = other == 0 ? -std::log(1 - y) : -(std::pow(1 - y, other) - 1) / other;
      }
      EXPECT_NEAR(YeoJohnson(y, lambda), expected, 1e-12) << lambda << " " << y;
      EXPECT_NEAR(InverseYeoJohnson(expected, lambda), y, 1e-12) << lambda << " " << y;
      const double slope = (YeoJohnson(y + 1e-6, lambda) - YeoJohnson(y - 1e-6, lambda)) / 2e-6;
      EXPECT_NEAR(std::exp(LogDerivativeOfYeoJohnson(y, lambda)), slope, 1e-6) << lambda << " " << y;
    }
  }
}

}  // namespace
}  // namespace ebm

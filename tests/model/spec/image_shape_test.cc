#include "model/spec/image_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace ebm {
namespace {

using ::testing::ElementsAre;

ModelSpec SpecOf(std::vector<int64_t> shape, std::vector<DataColumn> columns = {DataColumn()}) {
  return {.input_shape = std::move(shape), .columns = std::move(columns)};
}

const std::vector<DataColumn> kColumnPerChannel = {{.name = "red", .range = {0, 10}},
                                                   {.name = "class", .kind = ColumnKind::kLabel},
                                                   {.name = "green", .range = {-1, 1}},
                                                   {.name = "blue", .range = {5, 6}}};

TEST(PictureFormatTest, OneChannelIsGrayAndThreeAreColours) {
  EXPECT_EQ(FindPictureFormat(SpecOf({2, 5}))->shape, (ImageShape{1, 2, 5}));
  EXPECT_EQ(FindPictureFormat(SpecOf({1, 2, 5}))->shape, (ImageShape{1, 2, 5}));
  EXPECT_EQ(FindPictureFormat(SpecOf({3, 2, 5}))->shape, (ImageShape{3, 2, 5}));
  EXPECT_FALSE(FindPictureFormat(SpecOf({1, 2, 5}))->is_color());
  EXPECT_TRUE(FindPictureFormat(SpecOf({3, 2, 5}))->is_color());
}

TEST(PictureFormatTest, OtherShapesAreNoPictures) {
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{}, {64}, {2, 4, 4}, {4, 4, 4}, {1, 1, 4, 4}, {1, 3, 4, 4}}) {
    EXPECT_FALSE(FindPictureFormat(SpecOf(shape)).has_value()) << testing::PrintToString(shape);
  }
}

TEST(PictureFormatTest, AColumnForAllValuesGivesEveryChannelItsRange) {
  EXPECT_THAT(FindPictureFormat(SpecOf({3, 1, 2}, {{.range = {2, 4}}}))->ranges,
              ElementsAre(DataRange{2, 4}, DataRange{2, 4}, DataRange{2, 4}));
}

TEST(PictureFormatTest, AColumnPerChannelGivesEachItsOwnRange) {
  EXPECT_THAT(FindPictureFormat(SpecOf({3, 1, 2}, kColumnPerChannel))->ranges,
              ElementsAre(DataRange{0, 10}, DataRange{-1, 1}, DataRange{5, 6}));
}

TEST(PictureFormatTest, AColumnPerValueGivesAChannelTheLeastRangeOfAll) {
  const std::vector<DataColumn> columns = {{.range = {0, 1}}, {.range = {-3, 0}}, {.range = {5, 6}},
                                           {.range = {5, 7}}, {.range = {1, 2}},  {.range = {1, 2}}};
  EXPECT_THAT(FindPictureFormat(SpecOf({3, 1, 2}, columns))->ranges,
              ElementsAre(DataRange{-3, 1}, DataRange{5, 7}, DataRange{1, 2}));
  EXPECT_THAT(FindPictureFormat(SpecOf({2, 3}, columns))->ranges, ElementsAre(DataRange{-3, 7}));
}

// A client has the columns that a server sent.
TEST(PictureFormatTest, ColumnsThatDoNotDivideTheValuesAreNoPicture) {
  EXPECT_FALSE(FindPictureFormat(SpecOf({2, 2}, kColumnPerChannel)).has_value());
  EXPECT_FALSE(FindPictureFormat(SpecOf({2, 2}, {})).has_value());
  EXPECT_FALSE(FindPictureFormat(SpecOf({2, 2}, {{.kind = ColumnKind::kLabel}})).has_value());
}

TEST(PictureFormatTest, BrightnessIsTheShareOfTheChannelsRange) {
  const PictureFormat picture = *FindPictureFormat(SpecOf({3, 1, 2}, kColumnPerChannel));
  const std::vector<float> row = {5, 10, 0, -1, 99, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(picture.Brightness(row, 0, 0), 0.5F);
  EXPECT_EQ(picture.Brightness(row, 1, 0), 1.0F);
  EXPECT_EQ(picture.Brightness(row, 0, 1), 0.5F);
  EXPECT_EQ(picture.Brightness(row, 1, 1), 0.0F);
  EXPECT_EQ(picture.Brightness(row, 0, 2), 1.0F) << "above the range";
  EXPECT_EQ(picture.Brightness(row, 1, 2), 0.0F) << "NaN";
}

TEST(ImageShapeTest, ARowWithCategoriesIsNoImage) {
  const DataColumn category = {.kind = ColumnKind::kCategory, .step = 1, .values = {{"a", 0}, {"b", 1}, {"c", 2}}};
  EXPECT_TRUE(HasImageShape(SpecOf({2, 1}, {DataColumn(), DataColumn()})));
  EXPECT_FALSE(HasImageShape(SpecOf({2, 1}, {DataColumn(), category})));
}

}  // namespace
}  // namespace ebm

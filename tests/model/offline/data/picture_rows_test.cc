#include "model/offline/data/picture_rows.h"

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/picture_files.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Values 0, 1, 2, ...
StoredArray Counted(std::vector<int64_t> shape) {
  const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  std::vector<float> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0F);
  const int64_t rows = shape.front();
  return {.shape = std::move(shape), .rows = MatrixBuffer(std::move(values), rows, count / rows)};
}

std::vector<int64_t> ShapeAfter(std::vector<int64_t> shape, const std::vector<int64_t>& told = {}) {
  return WithChannelsFirst(Counted(std::move(shape)), told, "x.npy").value().shape;
}

TEST(ChannelsTest, TheShapeTellsWhichAxisHasThem) {
  EXPECT_THAT(ShapeAfter({5, 3, 8, 9}), ElementsAre(5, 3, 8, 9));
  EXPECT_THAT(ShapeAfter({5, 8, 9, 3}), ElementsAre(5, 3, 8, 9));
  EXPECT_THAT(ShapeAfter({5, 1, 8, 9}), ElementsAre(5, 8, 9));
  EXPECT_THAT(ShapeAfter({5, 8, 9, 1}), ElementsAre(5, 8, 9));
  EXPECT_THAT(ShapeAfter({5, 8, 9}), ElementsAre(5, 8, 9));
  EXPECT_THAT(ShapeAfter({5, 2, 8, 9}), ElementsAre(5, 2, 8, 9));
}

TEST(ChannelsTest, TheLastAxisMovesToTheFront) {
  const StoredArray array = WithChannelsFirst(Counted({2, 1, 2, 3}), std::vector<int64_t>{3, 1, 2}, "x.npy").value();
  EXPECT_THAT(array.rows.row(0), ElementsAre(0, 3, 1, 4, 2, 5));
  EXPECT_THAT(array.rows.row(1), ElementsAre(6, 9, 7, 10, 8, 11));
  const StoredArray first = WithChannelsFirst(Counted({1, 3, 2, 2}), {}, "x.npy").value();
  EXPECT_EQ(first.rows.values(), Counted({1, 3, 2, 2}).rows.values());
}

TEST(ChannelsTest, WhereBothFitAStatedShapeDecides) {
  EXPECT_THAT(
      std::string(WithChannelsFirst(Counted({2, 3, 8, 3}), {}, "x.npy").status().message()),
      HasSubstr("x.npy: items of 3 x 8 x 3 values, whose channels may be first or last; state the shape of a row "
                "as --shape=c,h,w"));
  EXPECT_FALSE(WithChannelsFirst(Counted({2, 1, 8, 3}), std::vector<int64_t>{24}, "x.npy").ok());
  EXPECT_THAT(ShapeAfter({2, 3, 8, 3}, {3, 8, 3}), ElementsAre(2, 3, 8, 3));
  EXPECT_THAT(ShapeAfter({2, 3, 8, 3}, {3, 3, 8}), ElementsAre(2, 3, 3, 8));
  EXPECT_THAT(ShapeAfter({2, 1, 8, 3}, {8, 3}), ElementsAre(2, 8, 3));
  EXPECT_THAT(ShapeAfter({2, 1, 8, 3}, {3, 1, 8}), ElementsAre(2, 3, 1, 8));
}

TEST(ChannelsTest, AStatedShapeThatFitsNeitherChangesNothing) {
  EXPECT_THAT(ShapeAfter({2, 8, 9, 3}, {3, 4, 18}), ElementsAre(2, 8, 9, 3));
}

PictureSet TwoPictures(uint8_t blue) {
  PictureSet set = OnePicture(OneColor(2, 1, 51, 51, 51));
  set.Append(OneColor(2, 1, 102, 102, blue));
  return set;
}

TEST(PictureRowsTest, GrayThroughoutIsOneChannel) {
  const StoredArray gray = PictureRows(TwoPictures(102), {});
  EXPECT_THAT(gray.shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(gray.rows.values(), ElementsAre(51, 51, 102, 102));
  const StoredArray color = PictureRows(TwoPictures(103), {});
  EXPECT_THAT(color.shape, ElementsAre(2, 3, 1, 2));
  EXPECT_THAT(color.rows.row(1), ElementsAre(102, 102, 102, 102, 103, 103));
}

TEST(PictureRowsTest, AStatedShapeDecidesOnColours) {
  EXPECT_THAT(PictureRows(TwoPictures(102), std::vector<int64_t>{3, 1, 2}).shape, ElementsAre(2, 3, 1, 2));
  EXPECT_THAT(PictureRows(TwoPictures(0), std::vector<int64_t>{1, 2}).shape, ElementsAre(2, 1, 2));
  EXPECT_THAT(PictureRows(TwoPictures(0), std::vector<int64_t>{6}).shape, ElementsAre(2, 3, 1, 2));
}

absl::StatusOr<StoredArray> ForModel(const PictureSet& pictures, std::vector<int64_t> shape, DataRange range) {
  return PictureRowsForModel(pictures, "x",
                             {.input_shape = std::move(shape), .columns = {{.range = range}}, .class_labels = {"a"}});
}

TEST(PictureRowsTest, TheModelDecidesOnColoursAndTheRange) {
  EXPECT_THAT(ForModel(TwoPictures(102), {1, 2}, {0, 255})->rows.values(), ElementsAre(51, 51, 102, 102));
  EXPECT_THAT(ForModel(TwoPictures(102), {1, 1, 2}, {0, 5})->rows.values(), ElementsAre(1, 1, 2, 2));
  EXPECT_EQ(ForModel(TwoPictures(102), {3, 1, 2}, {0, 255})->rows.cols(), 6);
  EXPECT_EQ(ForModel(OnePicture(OneColor(4, 4, 1, 1, 1)), {16}, {0, 255})->rows.cols(), 16);
}

TEST(PictureRowsTest, AFlatRowWithThreeColumnsIsInColour) {
  const PictureSet picture = OnePicture(OneColor(4, 4, 1, 2, 3));
  InputFormat format = {.input_shape = {48}, .columns = std::vector<DataColumn>(3), .class_labels = {"a"}};
  for (DataColumn& column : format.columns) column.range = {0, 255};
  EXPECT_EQ(PictureRowsForModel(picture, "x", format)->rows.row(0)[47], 3);
  format.columns.resize(1);
  EXPECT_FALSE(PictureRowsForModel(picture, "x", format).ok()) << "48 numbers of one kind are no picture";
}

TEST(PictureRowsTest, EveryPixelKeepsItsValueInItsOwnRange) {
  ColorImage all = {.width = 16, .height = 16, .pixels = {}};
  for (int value = 0; value < 256; ++value) all.pixels.insert(all.pixels.end(), 3, static_cast<uint8_t>(value));
  const StoredArray rows = *ForModel(OnePicture(all), {16, 16}, kPictureRange);
  for (int value = 0; value < 256; ++value) EXPECT_EQ(rows.rows.row(0)[value], static_cast<float>(value));
}

TEST(PictureRowsTest, RefusesOtherSizesAndModelsOfOtherData) {
  EXPECT_THAT(std::string(ForModel(TwoPictures(0), {2, 1}, {0, 1}).status().message()),
              HasSubstr("x: a picture of 2 x 1 pixels; the model takes 1 x 2"));
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{2}, {2, 1, 2}, {1, 1, 1, 2}}) {
    EXPECT_THAT(std::string(ForModel(TwoPictures(0), shape, {0, 1}).status().message()),
                AllOf(HasSubstr("x: a picture; the model's inputs, of shape ["), HasSubstr("are not pictures")));
  }
  const InputFormat table = {.input_shape = {4}, .columns = std::vector<DataColumn>(4), .class_labels = {"a"}};
  EXPECT_FALSE(PictureRowsForModel(OnePicture(OneColor(2, 2, 1, 1, 1)), "x", table).ok());
}

TEST(PictureColumnsTest, EachChannelHasItsRange) {
  const MatrixBuffer rows({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 2, 6);
  const std::vector<DataColumn> columns = DescribePictures(rows.view(), 3, std::nullopt, std::nullopt);
  ASSERT_EQ(columns.size(), 3U);
  EXPECT_EQ(columns[0].name, "red");
  EXPECT_EQ(columns[0].range, (DataRange{0, 7}));
  EXPECT_EQ(columns[2].name, "blue");
  EXPECT_EQ(columns[2].range, (DataRange{4, 11}));
  EXPECT_EQ(columns[2].step, 1);
}

TEST(PictureColumnsTest, OneChannelHasOneColumnWithoutAName) {
  const MatrixBuffer rows({0, 0.5F}, 1, 2);
  const std::vector<DataColumn> columns = DescribePictures(rows.view(), 1, std::nullopt, std::nullopt);
  EXPECT_TRUE(ArePlain(columns));
  EXPECT_EQ(columns.front().range, (DataRange{0, 0.5F}));
  EXPECT_EQ(columns.front().step, 0);
  EXPECT_EQ(DescribePictures(rows.view(), 1, kPictureRange, 2.0F).front().range, kPictureRange);
  EXPECT_EQ(DescribePictures(rows.view(), 1, kPictureRange, 2.0F).front().step, 2);
}

}  // namespace
}  // namespace ebm

#include "client/cli/picture_shape.h"

#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace ebm::client {
namespace {

std::optional<ImageShape> ShapeOf(std::vector<int64_t> input_shape, std::vector<DataColumn> columns = {DataColumn()}) {
  ModelDescription model;
  model.input_shape = std::move(input_shape);
  model.columns = std::move(columns);
  const auto format = PictureFormatOf(model);
  return format.ok() ? std::optional(format->shape) : std::nullopt;
}

TEST(PictureShapeTest, GrayPicturesAreHeightAndWidth) {
  EXPECT_EQ(ShapeOf({8, 6}), (ImageShape{1, 8, 6}));
  EXPECT_EQ(ShapeOf({1, 8, 6}), (ImageShape{1, 8, 6}));
}

TEST(PictureShapeTest, ThreeChannelsAreColours) { EXPECT_EQ(ShapeOf({3, 8, 6}), (ImageShape{3, 8, 6})); }

TEST(PictureShapeTest, AFlatShapeIsASquareWhereItCanBe) {
  EXPECT_EQ(ShapeOf({64}), (ImageShape{1, 8, 8}));
  EXPECT_EQ(ShapeOf({63}), std::nullopt);
}

TEST(PictureShapeTest, TheColumnsOfATableAreNoPixels) {
  EXPECT_EQ(ShapeOf({4}, std::vector<DataColumn>(4)), std::nullopt);
}

TEST(PictureShapeTest, OtherShapesAreNoPictures) {
  EXPECT_EQ(ShapeOf({2, 8, 8}), std::nullopt);
  EXPECT_EQ(ShapeOf({4, 8, 8}), std::nullopt);
  EXPECT_EQ(ShapeOf({1, 1, 8, 8}), std::nullopt);
}

}  // namespace
}  // namespace ebm::client

#include "client/cli/picture_shape.h"

#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace ebm::client {
namespace {

std::optional<PictureShape> ShapeOf(std::vector<int64_t> input_shape) {
  ModelDescription model;
  model.input_shape = std::move(input_shape);
  const auto shape = PictureShapeOf(model);
  return shape.ok() ? std::optional(*shape) : std::nullopt;
}

TEST(PictureShapeTest, GrayPicturesAreHeightAndWidth) {
  EXPECT_EQ(ShapeOf({8, 6}), (PictureShape{8, 6}));
  EXPECT_EQ(ShapeOf({1, 8, 6}), (PictureShape{8, 6}));
}

TEST(PictureShapeTest, AFlatShapeIsASquareWhereItCanBe) {
  EXPECT_EQ(ShapeOf({64}), (PictureShape{8, 8}));
  EXPECT_EQ(ShapeOf({63}), std::nullopt);
}

TEST(PictureShapeTest, OtherShapesAreNoGrayPictures) {
  EXPECT_EQ(ShapeOf({3, 8, 8}), std::nullopt);
  EXPECT_EQ(ShapeOf({1, 1, 8, 8}), std::nullopt);
}

}  // namespace
}  // namespace ebm::client

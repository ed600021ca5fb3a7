#include "model/offline/data/image_sheet.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

constexpr uint8_t kPad = 64;

TEST(RenderSheetTest, LaysPicturesOutRowByRow) {
  const MatrixBuffer images({0, 1, 2, 3, 4, 4}, 3, 2);  // three pictures, 1 high and 2 wide
  const SheetLayout layout{
      .image_height = 1, .image_width = 2, .range = {0, 4}, .columns = 2, .scale = 1, .padding = 1};
  const GrayImage sheet = RenderSheet(images.view(), layout);
  EXPECT_EQ(sheet.width, 7);
  EXPECT_EQ(sheet.height, 5);
  EXPECT_THAT(sheet.pixels, ElementsAre(kPad, kPad, kPad, kPad, kPad, kPad, kPad,  //
                                        kPad, 0, 64, kPad, 128, 191, kPad,         //
                                        kPad, kPad, kPad, kPad, kPad, kPad, kPad,  //
                                        kPad, 255, 255, kPad, kPad, kPad, kPad,    //
                                        kPad, kPad, kPad, kPad, kPad, kPad, kPad));
}

TEST(RenderSheetTest, ScalesPixelsToSquares) {
  const MatrixBuffer images({0, 1}, 1, 2);
  const SheetLayout layout{.image_height = 1, .image_width = 2, .columns = 1, .scale = 2, .padding = 0};
  EXPECT_THAT(RenderSheet(images.view(), layout).pixels, ElementsAre(0, 0, 255, 255, 0, 0, 255, 255));
}

TEST(RenderSheetTest, HoldsValuesWithinTheRange) {
  const MatrixBuffer images({-100, 100}, 1, 2);
  const SheetLayout layout{.image_height = 1, .image_width = 2, .columns = 1, .scale = 1, .padding = 0};
  EXPECT_THAT(RenderSheet(images.view(), layout).pixels, ElementsAre(0, 255));
}

TEST(RenderSheetTest, IsNearlySquareWhereNoColumnsAreAsked) {
  const MatrixBuffer images(16, 64);
  const SheetLayout layout{.image_height = 8, .image_width = 8, .scale = 1, .padding = 0};
  const GrayImage sheet = RenderSheet(images.view(), layout);
  EXPECT_EQ(sheet.width, 32);
  EXPECT_EQ(sheet.height, 32);
}

TEST(ImageValuesTest, InvertsTheGrayScale) {
  const GrayImage image{.width = 3, .height = 1, .pixels = {0, 51, 255}};
  EXPECT_THAT(ImageValues(image, {-1, 4}), ElementsAre(-1, 0, 4));
}

TEST(ImageValuesTest, EveryLevelOfTheDigitsSurvivesAPicture) {
  MatrixBuffer levels(1, 17);
  for (int i = 0; i <= 16; ++i) levels.row(0)[static_cast<size_t>(i)] = static_cast<float>(i);
  const SheetLayout layout{
      .image_height = 1, .image_width = 17, .range = {0, 16}, .columns = 1, .scale = 1, .padding = 0};
  const std::vector<float> values = ImageValues(RenderSheet(levels.view(), layout), layout.range);
  for (int i = 0; i <= 16; ++i) EXPECT_NEAR(values[static_cast<size_t>(i)], i, 16 / 255.0 / 2 + 1e-6);
}

}  // namespace
}  // namespace ebm

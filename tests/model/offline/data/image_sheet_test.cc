#include "model/offline/data/image_sheet.h"

#include <array>
#include <limits>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

constexpr uint8_t kPad = 64;

PictureFormat Gray(int64_t height, int64_t width, DataRange range = {0, 1}) {
  return {.shape = {1, height, width}, .ranges = {range}};
}

GrayImage GraySheet(const MatrixBuffer& images, const SheetLayout& layout) {
  return std::get<GrayImage>(RenderSheet(images.view(), layout));
}

// The channels have different ranges.
PictureFormat Color(int64_t height, int64_t width) {
  return {.shape = {3, height, width}, .ranges = {{0, 255}, {0, 510}, {-1, 254}}};
}

TEST(RenderSheetTest, LaysPicturesOutRowByRow) {
  const MatrixBuffer images({0, 1, 2, 3, 4, 4}, 3, 2);  // three pictures, 1 high and 2 wide
  const SheetLayout layout{.picture = Gray(1, 2, {0, 4}), .columns = 2, .scale = 1, .padding = 1};
  const GrayImage sheet = GraySheet(images, layout);
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
  const SheetLayout layout{.picture = Gray(1, 2), .columns = 1, .scale = 2, .padding = 0};
  EXPECT_THAT(GraySheet(images, layout).pixels, ElementsAre(0, 0, 255, 255, 0, 0, 255, 255));
}

TEST(RenderSheetTest, HoldsValuesWithinTheRange) {
  const MatrixBuffer images({-100, 100, std::numeric_limits<float>::quiet_NaN()}, 1, 3);
  const SheetLayout layout{.picture = Gray(1, 3), .columns = 1, .scale = 1, .padding = 0};
  EXPECT_THAT(GraySheet(images, layout).pixels, ElementsAre(0, 255, 0)) << "NaN is black";
}

TEST(RenderSheetTest, IsNearlySquareWhereNoColumnsAreAsked) {
  const MatrixBuffer images(16, 64);
  const SheetLayout layout{.picture = Gray(8, 8), .scale = 1, .padding = 0};
  const GrayImage sheet = GraySheet(images, layout);
  EXPECT_EQ(sheet.width, 32);
  EXPECT_EQ(sheet.height, 32);
}

TEST(RenderSheetTest, ChannelsBecomeColoursEachInItsRange) {
  const MatrixBuffer images({1, 2, 3, 4, 10, 12, 14, 16, 30, 31, 32, 33}, 1, 12);  // one picture of 2 x 2
  const SheetLayout layout{.picture = Color(2, 2), .columns = 1, .scale = 1, .padding = 0};
  const auto sheet = std::get<ColorImage>(RenderSheet(images.view(), layout));
  EXPECT_EQ(sheet.width, 2);
  EXPECT_EQ(sheet.height, 2);
  EXPECT_THAT(sheet.pixels, ElementsAre(1, 5, 31, 2, 6, 32,  //
                                        3, 7, 33, 4, 8, 34));
}

TEST(RenderSheetTest, ColourSheetsAreScaledAndPaddedLikeGrayOnes) {
  const MatrixBuffer images({1, 10, 30, 2, 12, 31}, 2, 3);  // two pictures of one pixel
  const SheetLayout layout{.picture = Color(1, 1), .columns = 2, .scale = 2, .padding = 1};
  const auto sheet = std::get<ColorImage>(RenderSheet(images.view(), layout));
  ASSERT_EQ(sheet.width, 7);
  ASSERT_EQ(sheet.height, 4);
  for (int64_t y = 0; y < 4; ++y) {
    for (int64_t x = 0; x < 7; ++x) {
      const bool is_padding = y == 0 || y == 3 || x % 3 == 0;
      for (int64_t channel = 0; channel < 3; ++channel) {
        const std::array<int, 3> colors = x < 3 ? std::array{1, 5, 31} : std::array{2, 6, 32};
        EXPECT_EQ(sheet.at(y, x, channel), is_padding ? kPad : colors[static_cast<size_t>(channel)]) << y << " " << x;
      }
    }
  }
}

}  // namespace
}  // namespace ebm

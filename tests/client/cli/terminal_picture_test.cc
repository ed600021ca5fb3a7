#include "client/cli/terminal_picture.h"

#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;

GalleryLayout Layout(int64_t height, int64_t width, PictureStyle style, int64_t columns = 80) {
  const PictureFormat gray = {.shape = {1, height, width}, .ranges = {{0.0F, 16.0F}}};
  return {.picture = gray, .style = style, .columns = columns};
}

// Each channel has a range of its own.
GalleryLayout ColorLayout(int64_t height, int64_t width, PictureStyle style) {
  return {.picture = {.shape = {3, height, width}, .ranges = {{0, 255}, {0, 510}, {-255, 0}}}, .style = style};
}

TEST(DrawPictureTest, AsciiRunsFromBlankToAt) {
  const std::vector<float> pixels = {0, 16, 8, 4};
  EXPECT_THAT(DrawPicture(pixels, Layout(2, 2, PictureStyle::kAscii)), ElementsAre("  @@", "++::"));
}

TEST(DrawPictureTest, ShadesAreTwoCharactersPerPixel) {
  const std::vector<float> pixels = {0, 4, 8, 12, 16};
  EXPECT_THAT(DrawPicture(pixels, Layout(1, 5, PictureStyle::kShades)), ElementsAre("  ░░▒▒▓▓██"));
}

TEST(DrawPictureTest, HalfBlocksPutTwoPixelsIntoACharacter) {
  const std::vector<float> pixels = {0, 16};
  EXPECT_THAT(DrawPicture(pixels, Layout(2, 1, PictureStyle::kHalfBlocks)),
              ElementsAre("\x1b[38;5;232;48;5;255m▀\x1b[0m"));
}

TEST(DrawPictureTest, HalfBlocksFillAnOddLastRowWithBlack) {
  const std::vector<float> pixels = {0, 0, 16};
  const auto lines = DrawPicture(pixels, Layout(3, 1, PictureStyle::kHalfBlocks));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1], "\x1b[38;5;255;48;5;232m▀\x1b[0m");
}

TEST(DrawPictureTest, TrueColorBlocksHoldTheExactColours) {
  const std::vector<float> row = {1, 2, 3, 4, 20, 22, 24, 26, -255, -155, -55, 0};  // 2 x 2 pixels
  EXPECT_THAT(DrawPicture(row, ColorLayout(2, 2, PictureStyle::kTrueColorBlocks)),
              ElementsAre("\x1b[38;2;1;10;0;48;2;3;12;200m▀\x1b[38;2;2;11;100;48;2;4;13;255m▀\x1b[0m"));
}

TEST(DrawPictureTest, TrueColorBlocksFillAnOddLastRowWithBlack) {
  EXPECT_THAT(DrawPicture(std::vector<float>{255, 510, 0}, ColorLayout(1, 1, PictureStyle::kTrueColorBlocks)),
              ElementsAre("\x1b[38;2;255;255;255;48;2;0;0;0m▀\x1b[0m"));
}

TEST(DrawPictureTest, TrueColorBlocksShowGrayPicturesIn256Grays) {
  const std::vector<float> pixels = {16, 1};
  EXPECT_THAT(DrawPicture(pixels, Layout(2, 1, PictureStyle::kTrueColorBlocks)),
              ElementsAre("\x1b[38;2;255;255;255;48;2;16;16;16m▀\x1b[0m"));
}

// 16 + 36 r + 6 g + b, where 0 to 5 stand for 0, 95, 135, 175, 215 and 255.
TEST(DrawPictureTest, HalfBlocksUseTheNearestColoursOfThePalette) {
  const std::vector<float> row = {255, 47, 0, 2 * 114, -255, -255 + 195};  // (255, 0, 0) over (47, 114, 195)
  EXPECT_THAT(DrawPicture(row, ColorLayout(2, 1, PictureStyle::kHalfBlocks)),
              ElementsAre("\x1b[38;5;196;48;5;26m▀\x1b[0m"));
}

TEST(DrawPictureTest, WithoutColoursThereIsTheLuminance) {
  const std::vector<float> row = {255,  0,    0, 255,  //
                                  0,    510,  0, 510,  //
                                  -255, -255, 0, 0};
  EXPECT_THAT(DrawPicture(row, ColorLayout(1, 4, PictureStyle::kAscii)), ElementsAre("--++..@@"));
}

TEST(DrawPictureTest, ValuesOutsideTheRangeAreHeldAtItsEnds) {
  const std::vector<float> pixels = {-100, 100, std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THAT(DrawPicture(pixels, Layout(1, 4, PictureStyle::kAscii)), ElementsAre("  @@@@  "));
}

TEST(DrawPictureTest, AnEmptyRangeDrawsWithoutFailing) {
  const std::vector<float> pixels = {1, 2};
  GalleryLayout layout = Layout(1, 2, PictureStyle::kAscii);
  layout.picture.ranges = {{1.0F, 1.0F}};
  EXPECT_THAT(DrawPicture(pixels, layout), ElementsAre("  @@"));
}

TEST(DrawGalleryTest, PutsAsManySideBySideAsFit) {
  const MatrixBuffer images({16, 16, 16}, 3, 1);
  // Two pictures of two characters each and a gap of two take six characters.
  EXPECT_EQ(DrawGallery(images.view(), {}, Layout(1, 1, PictureStyle::kAscii, 6)), "@@  @@  \n\n@@  \n\n");
  EXPECT_EQ(DrawGallery(images.view(), {}, Layout(1, 1, PictureStyle::kAscii, 5)), "@@  \n\n@@  \n\n@@  \n\n");
}

TEST(DrawGalleryTest, DrawsOnePerLineIfNoneFits) {
  const MatrixBuffer images({16, 16}, 2, 1);
  EXPECT_EQ(DrawGallery(images.view(), {}, Layout(1, 1, PictureStyle::kAscii, 1)), "@@  \n\n@@  \n\n");
}

TEST(DrawGalleryTest, CaptionsStandUnderTheirPictures) {
  const MatrixBuffer images({16, 0, 16}, 3, 1);
  const std::vector<std::string> captions = {"one", "two", "three"};
  EXPECT_EQ(DrawGallery(images.view(), captions, Layout(1, 1, PictureStyle::kAscii, 12)),
            "@@            \n"
            "one    two    \n\n"
            "@@     \n"
            "three  \n\n");
}

TEST(DrawGalleryTest, ColourPicturesStandSideBySideToo) {
  const MatrixBuffer images({255, 510, 0, 0, 0, -255}, 2, 3);
  EXPECT_EQ(DrawGallery(images.view(), {}, ColorLayout(1, 1, PictureStyle::kAscii)), "@@      \n\n");
}

TEST(GalleryCapacityTest, BlocksHoldTwoLinesOfPixels) {
  EXPECT_EQ(GalleryCapacity(Layout(4, 4, PictureStyle::kTrueColorBlocks, 10), 6), 4);
  EXPECT_EQ(GalleryCapacity(Layout(4, 4, PictureStyle::kHalfBlocks, 10), 6), 4);
}

TEST(GalleryCapacityTest, CountsWhatFits) {
  // A band of 2 x 2 pictures is three lines high and holds (10 + 2) / 6 pictures.
  EXPECT_EQ(GalleryCapacity(Layout(2, 2, PictureStyle::kAscii, 10), 6), 4);
  EXPECT_EQ(GalleryCapacity(Layout(2, 2, PictureStyle::kAscii, 10), 5), 2);
  EXPECT_EQ(GalleryCapacity(Layout(2, 2, PictureStyle::kAscii, 1), 0), 1);
}

}  // namespace
}  // namespace ebm::client

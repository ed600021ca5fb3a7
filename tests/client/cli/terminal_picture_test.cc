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
  return {.shape = {height, width}, .range = {0.0F, 16.0F}, .style = style, .columns = columns};
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

TEST(DrawPictureTest, ValuesOutsideTheRangeAreHeldAtItsEnds) {
  const std::vector<float> pixels = {-100, 100, std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THAT(DrawPicture(pixels, Layout(1, 4, PictureStyle::kAscii)), ElementsAre("  @@@@  "));
}

TEST(DrawPictureTest, AnEmptyRangeDrawsWithoutFailing) {
  const std::vector<float> pixels = {1, 2};
  GalleryLayout layout = Layout(1, 2, PictureStyle::kAscii);
  layout.range = {1.0F, 1.0F};
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

TEST(GalleryCapacityTest, CountsWhatFits) {
  // A band of 2 x 2 pictures is three lines high and holds (10 + 2) / 6 pictures.
  EXPECT_EQ(GalleryCapacity(Layout(2, 2, PictureStyle::kAscii, 10), 6), 4);
  EXPECT_EQ(GalleryCapacity(Layout(2, 2, PictureStyle::kAscii, 10), 5), 2);
  EXPECT_EQ(GalleryCapacity(Layout(2, 2, PictureStyle::kAscii, 1), 0), 1);
}

}  // namespace
}  // namespace ebm::client

#include "model/io/jpeg.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/picture.h"
#include "tests/support/picture_files.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

// A smooth picture, which compression changes little.
ColorImage Slope(int64_t width, int64_t height) {
  ColorImage image = {.width = width, .height = height, .pixels = {}};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (const int64_t value : {8 * x, 8 * y, 120 + x - y}) image.pixels.push_back(static_cast<uint8_t>(value));
    }
  }
  return image;
}

void ExpectNear(const ColorImage& decoded, const ColorImage& image) {
  ASSERT_EQ(decoded.width, image.width);
  ASSERT_EQ(decoded.height, image.height);
  ASSERT_EQ(decoded.pixels.size(), image.pixels.size());
  for (size_t i = 0; i < image.pixels.size(); ++i) EXPECT_LE(std::abs(decoded.pixels[i] - image.pixels[i]), 12) << i;
}

std::string MessageOf(const std::string& bytes) { return std::string(DecodeJpeg(bytes, "x.jpg").status().message()); }

TEST(JpegTest, ColoursComeBackNearly) {
  const ColorImage image = Slope(24, 17);
  for (const bool progressive : {false, true}) {
    const std::string bytes = ColorJpeg(image, {.progressive = progressive});
    EXPECT_TRUE(IsJpeg(bytes));
    const absl::StatusOr<ColorImage> decoded = DecodeJpeg(bytes, "x.jpg");
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    ExpectNear(*decoded, image);
  }
}

TEST(JpegTest, GrayPicturesHaveEqualChannels) {
  const ColorImage decoded = DecodeJpeg(ColorJpeg(Slope(24, 17), {.gray = true}), "x.jpg").value();
  for (size_t i = 0; i < decoded.pixels.size(); i += 3) {
    EXPECT_EQ(decoded.pixels[i], decoded.pixels[i + 1]);
    EXPECT_EQ(decoded.pixels[i], decoded.pixels[i + 2]);
  }
}

TEST(JpegTest, RefusesTruncationAtEveryLength) {
  for (const bool progressive : {false, true}) {
    const std::string bytes = ColorJpeg(Slope(9, 8), {.progressive = progressive});
    for (size_t length = 0; length < bytes.size(); ++length) {
      const absl::Status status = DecodeJpeg(bytes.substr(0, length), "x.jpg").status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length;
      EXPECT_THAT(std::string(status.message()), HasSubstr("x.jpg: "));
    }
  }
}

// Where a byte is changed, the picture is refused or has the size that it says.
TEST(JpegTest, SurvivesDamageOfEveryByte) {
  const std::string bytes = ColorJpeg(Slope(9, 8));
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
    const absl::StatusOr<ColorImage> decoded = DecodeJpeg(damaged, "x.jpg");
    if (!decoded.ok()) continue;
    EXPECT_EQ(static_cast<int64_t>(decoded->pixels.size()), 3 * decoded->width * decoded->height) << place;
  }
}

// The frame's header is marker FFC0, length, precision, height, width.
TEST(JpegTest, RefusesHugePicturesBeforeDecoding) {
  std::string bytes = ColorJpeg(Slope(9, 8));
  const size_t frame = bytes.find(std::string("\xFF\xC0\x00\x11", 4));
  ASSERT_NE(frame, std::string::npos);
  bytes.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");
  EXPECT_THAT(MessageOf(bytes), HasSubstr("x.jpg: the picture is 65500 x 65500; the limit is 16777216 pixels"));
}

// Each scan may change all pixels.
TEST(JpegTest, RefusesScansWithoutEnd) {
  const std::string bytes = ColorJpeg(Slope(9, 8), {.apart = true});
  EXPECT_TRUE(DecodeJpeg(bytes, "x.jpg").ok());
  const size_t last = bytes.rfind("\xFF\xDA");
  const std::string scan = bytes.substr(last, bytes.size() - 2 - last);
  std::string many = bytes.substr(0, bytes.size() - 2);
  for (int i = 0; i < 600; ++i) many += scan;
  EXPECT_THAT(MessageOf(many + "\xFF\xD9"), HasSubstr("x.jpg: more than 500 scans"));
}

TEST(JpegTest, RefusesColoursOfPrint) {
  EXPECT_THAT(MessageOf(ColorJpeg(Slope(9, 8), {.cmyk = true})), HasSubstr("CMYK; save it in RGB"));
}

TEST(JpegTest, BytesBehindThePictureAreIgnored) {
  EXPECT_TRUE(DecodeJpeg(ColorJpeg(Slope(9, 8)) + "more", "x.jpg").ok());
}

TEST(PictureTest, TheContentTellsTheFormat) {
  const ColorImage image = OneColor(3, 2, 10, 20, 30);
  EXPECT_EQ(DecodePicture(ColorPng(image), "x").value(), image);
  EXPECT_TRUE(IsPicture(ColorJpeg(image)));
  ExpectNear(DecodePicture(ColorJpeg(image), "x").value(), image);
  EXPECT_FALSE(IsPicture("1,2,3"));
  EXPECT_THAT(std::string(DecodePicture("GIF89a", "x.gif").status().message()),
              HasSubstr("x.gif: neither a PNG nor a JPEG picture, but a GIF picture"));
  EXPECT_THAT(std::string(DecodePicture("", "x.png").status().message()), HasSubstr("x.png: neither"));
}

}  // namespace
}  // namespace ebm

#include "model/io/png.h"

#include <png.h>

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

GrayImage Ramp() { return {.width = 3, .height = 2, .pixels = {0, 51, 102, 153, 204, 255}}; }

std::string EncodeAs(uint32_t format, uint32_t width, const std::vector<uint8_t>& pixels) {
  png_image writer{};
  writer.version = PNG_IMAGE_VERSION;
  writer.width = width;
  writer.height = 1;
  writer.format = format;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(writer);
  std::string bytes(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&writer, bytes.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  bytes.resize(size);
  return bytes;
}

// A header chunk of a huge picture: signature, length 13, IHDR, width, height, 8-bit gray, CRC.
std::string HugePng() {
  const std::string header("IHDR\x00\x08\x00\x00\x00\x08\x00\x00\x08\x00\x00\x00\x00", 17);  // 2^19 x 2^19
  std::string crc(4, '\0');
  uint32_t value = 0xFFFFFFFF;
  for (const char c : header) {
    value ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320 : 0);
  }
  for (int i = 0; i < 4; ++i) crc[static_cast<size_t>(i)] = static_cast<char>(~value >> (24 - 8 * i));
  return std::string("\x89PNG\r\n\x1a\n\0\0\0\x0d", 12) + header + crc + std::string("\0\0\0\0IDAT", 8);
}

TEST(PngTest, GrayPicturesComeBackAsTheyWere) {
  const absl::StatusOr<std::string> bytes = EncodePng(Ramp());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(IsPng(*bytes));
  EXPECT_EQ(DecodePng(*bytes, "x.png").value(), Ramp());
}

TEST(PngTest, ColoursBecomeGray) {
  const std::string bytes = EncodeAs(PNG_FORMAT_RGB, 3, {0, 0, 0, 90, 90, 90, 255, 255, 255});
  EXPECT_THAT(DecodePng(bytes, "x.png").value().pixels, ElementsAre(0, 90, 255));
}

TEST(PngTest, GreenIsBrighterThanBlue) {
  const std::string bytes = EncodeAs(PNG_FORMAT_RGB, 2, {0, 255, 0, 0, 0, 255});
  const GrayImage image = DecodePng(bytes, "x.png").value();
  EXPECT_GT(image.at(0, 0), image.at(0, 1));
}

TEST(PngTest, TransparentPixelsLieOnBlack) {
  const std::string bytes = EncodeAs(PNG_FORMAT_RGBA, 2, {255, 255, 255, 0, 255, 255, 255, 255});
  EXPECT_THAT(DecodePng(bytes, "x.png").value().pixels, ElementsAre(0, 255));
}

TEST(PngTest, RefusesTruncationAtEveryLength) {
  const std::string bytes = EncodePng(Ramp()).value();
  constexpr size_t kEndChunk = 12;  // the picture is complete without its end chunk, and libpng accepts it
  for (size_t length = 0; length < bytes.size() - kEndChunk - 4; ++length) {
    const absl::Status status = DecodePng(bytes.substr(0, length), "x.png").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length;
  }
}

TEST(PngTest, RefusesHugePicturesBeforeDecoding) {
  const absl::Status status = DecodePng(HugePng(), "x.png").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("x.png: the picture is 524288 x 524288; the limit is 16777216"));
}

TEST(PngTest, RefusesWhatIsNoPng) {
  EXPECT_FALSE(IsPng("1,2,3"));
  EXPECT_THAT(std::string(DecodePng("1,2,3", "x.csv").status().message()), HasSubstr("x.csv: "));
}

TEST(PngTest, RefusesToEncodeNothing) { EXPECT_FALSE(EncodePng(GrayImage{}).ok()); }

}  // namespace
}  // namespace ebm

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
  EXPECT_EQ(ToGray(DecodePng(*bytes, "x.png").value()), Ramp());
}

TEST(PngTest, ColoursComeBackAsTheyWere) {
  const std::vector<uint8_t> pixels = {0, 1, 2, 90, 91, 92, 255, 254, 253};
  EXPECT_EQ(DecodePng(EncodeAs(PNG_FORMAT_RGB, 3, pixels), "x.png").value().pixels, pixels);
}

TEST(PngTest, PicturesAreEncodedInTheirOwnColours) {
  constexpr size_t kColorType = 25;  // in the header: 0 gray, 2 red, green and blue
  const ColorImage colors = {.width = 1, .height = 2, .pixels = {0, 1, 2, 255, 254, 253}};
  const absl::StatusOr<std::string> color = EncodePng(GrayOrColorImage(colors));
  ASSERT_TRUE(color.ok()) << color.status();
  EXPECT_EQ((*color)[kColorType], 2);
  EXPECT_EQ(DecodePng(*color, "x.png").value(), colors);
  const absl::StatusOr<std::string> gray = EncodePng(GrayOrColorImage(Ramp()));
  ASSERT_TRUE(gray.ok()) << gray.status();
  EXPECT_EQ((*gray)[kColorType], 0);
  EXPECT_EQ(*gray, EncodePng(Ramp()).value());
}

// The values that Pillow's Image.convert("L") gives.
TEST(PngTest, GrayIsTheLuminanceOfPillow) {
  const std::vector<uint8_t> pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90, 12, 200, 77};
  const ColorImage image = DecodePng(EncodeAs(PNG_FORMAT_RGB, 5, pixels), "x.png").value();
  EXPECT_THAT(ToGray(image).pixels, ElementsAre(76, 150, 29, 90, 130));
}

// White ink in the alpha channel keeps its values; a gamma-corrected blend would change them.
TEST(PngTest, TransparentPixelsAreBlendedLinearlyWithBlack) {
  const std::string bytes = EncodeAs(PNG_FORMAT_GA, 4, {255, 0, 255, 100, 255, 255, 100, 128});
  EXPECT_THAT(ToGray(DecodePng(bytes, "x.png").value()).pixels, ElementsAre(0, 100, 255, 50));
}

// What libpng's simple writer cannot write: `rows` of raw samples.
struct RawPng {
  uint32_t width = 0;
  int depth = 8;
  int color_type = PNG_COLOR_TYPE_GRAY;
  std::vector<std::string> rows;
  int interlace = PNG_INTERLACE_NONE;
  double gamma = 0;  // 0: no such chunk
  std::vector<png_color> palette = {};
};

std::string EncodeRaw(RawPng raw) {
  std::string bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &bytes,
      [](png_structp writer, png_bytep data, size_t size) {
        static_cast<std::string*>(png_get_io_ptr(writer))->append(reinterpret_cast<char*>(data), size);
      },
      nullptr);
  png_set_IHDR(png, info, raw.width, static_cast<uint32_t>(raw.rows.size()), raw.depth, raw.color_type, raw.interlace,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (raw.gamma > 0) png_set_gAMA(png, info, raw.gamma);
  if (!raw.palette.empty()) png_set_PLTE(png, info, raw.palette.data(), static_cast<int>(raw.palette.size()));
  std::vector<png_bytep> rows;
  rows.reserve(raw.rows.size());
  for (std::string& row : raw.rows) rows.push_back(reinterpret_cast<png_bytep>(row.data()));
  png_set_rows(png, info, rows.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::vector<uint8_t> GrayOf(const RawPng& raw) { return ToGray(DecodePng(EncodeRaw(raw), "x.png").value()).pixels; }

TEST(PngTest, SixteenBitSamplesLoseTheirLowByte) {
  EXPECT_THAT(GrayOf({.width = 3, .depth = 16, .rows = {std::string("\0\0\x50\xFF\xFF\xFF", 6)}}),
              ElementsAre(0, 0x50, 0xFF));
}

TEST(PngTest, GammaIsIgnored) {
  for (const double gamma : {1.0, 0.45455}) {
    EXPECT_THAT(GrayOf({.width = 3, .rows = {std::string("\0\x50\xFF", 3)}, .gamma = gamma}),
                ElementsAre(0, 0x50, 0xFF));
  }
}

TEST(PngTest, FewerBitsAndPalettesAreExpanded) {
  EXPECT_THAT(GrayOf({.width = 3, .depth = 1, .rows = {"\xA0"}}), ElementsAre(255, 0, 255));
  EXPECT_THAT(GrayOf({.width = 2, .depth = 4, .rows = {"\x4F"}}), ElementsAre(4 * 17, 255));
  EXPECT_THAT(GrayOf({.width = 2,
                      .color_type = PNG_COLOR_TYPE_PALETTE,
                      .rows = {std::string("\1\0", 2)},
                      .palette = {{7, 7, 7}, {9, 9, 9}}}),
              ElementsAre(9, 7));
}

TEST(PngTest, InterlacedPicturesAreRead) {
  RawPng raw = {.width = 9, .rows = {"abcdefghi", "jklmnopqr", "stuvwxyz0"}};
  const std::vector<uint8_t> plain = GrayOf(raw);
  raw.interlace = PNG_INTERLACE_ADAM7;
  EXPECT_EQ(GrayOf(raw), plain);
  EXPECT_EQ(plain[9], 'j');
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

TEST(PngTest, RefusesToEncodeNothing) {
  EXPECT_FALSE(EncodePng(GrayImage{}).ok());
  EXPECT_FALSE(EncodePng(GrayOrColorImage(ColorImage{})).ok());
}

}  // namespace
}  // namespace ebm

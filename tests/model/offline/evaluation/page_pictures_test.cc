#include "model/offline/evaluation/page_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "model/io/png.h"

namespace ebm {
namespace {

// The picture inside the page.
ColorImage Decoded(const std::string& html) {
  const std::vector<std::string> parts = absl::StrSplit(html, absl::ByAnyChar(",\""));
  std::string png;
  for (size_t i = 1; i < parts.size(); ++i) {
    if (parts[i - 1] != "data:image/png;base64") continue;
    EXPECT_TRUE(absl::Base64Unescape(parts[i], &png));
  }
  return DecodePng(png, "the page").value();
}

std::vector<int> ColorAt(const ColorImage& image, int64_t y, int64_t x) {
  return {image.at(y, x, 0), image.at(y, x, 1), image.at(y, x, 2)};
}

TEST(RowPicturesTest, ThreeChannelsAreColoursInTheirDataUnits) {
  const ModelSpec spec = {.input_shape = {3, 1, 2},
                          .columns = {{.range = {0, 255}, .scaling = {.scale = 0.5F, .offset = 1}},
                                      {.range = {0, 51}, .scaling = {.scale = 2, .offset = 0}},
                                      {.range = {-1, 1}, .scaling = {.scale = 1, .offset = 5}}}};
  const MatrixBuffer rows({1 + 50.0F, 1 + 100.0F, 20, 102, 4, 6}, 1, 6);
  const ColorImage image = Decoded(RowPictures(spec, rows.view(), 1, "rows").value());
  EXPECT_EQ(ColorAt(image, 0, 0), (std::vector<int>{64, 64, 64})) << "the padding";
  EXPECT_EQ(ColorAt(image, 4, 4), (std::vector<int>{100, 50, 0}));
  EXPECT_EQ(ColorAt(image, 4, 9), (std::vector<int>{200, 255, 255}));
}

TEST(RowPicturesTest, OneChannelIsGray) {
  const ModelSpec spec = {.input_shape = {1, 1, 1}, .columns = {{.range = {0, 255}}}};
  const MatrixBuffer rows({51}, 1, 1);
  EXPECT_EQ(ColorAt(Decoded(RowPictures(spec, rows.view(), 1, "rows").value()), 3, 3), (std::vector<int>{51, 51, 51}));
}

TEST(RowPicturesTest, OtherRowsHaveNone) {
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{4}, {2, 1, 2}, {4, 1, 1}}) {
    const MatrixBuffer rows(1, 4);
    EXPECT_EQ(RowPictures({.input_shape = shape}, rows.view(), 1, "rows").value(), "");
  }
}

}  // namespace
}  // namespace ebm

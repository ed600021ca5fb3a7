#include "client/cli/terminal_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ebm::client {
namespace {

constexpr std::array<std::string_view, 10> kAsciiRamp = {"  ", "..", "::", "--", "==", "++", "**", "##", "%%", "@@"};
constexpr std::array<std::string_view, 5> kShadeRamp = {"  ", "░░", "▒▒", "▓▓", "██"};
constexpr int64_t kAnsiBlack = 232;  // the first of the 24 grays of the 256-colour palette
constexpr int64_t kAnsiGrays = 24;
constexpr int64_t kAnsiCube = 16;  // the first of the palette's 6 x 6 x 6 colours
constexpr int64_t kByteLevels = 256;
constexpr int64_t kPictureGap = 2;  // characters between pictures

// Brightness from 0 to 1; all three are equal for gray pictures.
struct PixelColor {
  float red = 0;
  float green = 0;
  float blue = 0;

  float luminance() const { return 0.299F * red + 0.587F * green + 0.114F * blue; }
};

PixelColor ColorAt(std::span<const float> row, int64_t pixel, const PictureFormat& picture) {
  const float first = picture.Brightness(row, pixel, 0);
  if (!picture.is_color()) return {first, first, first};
  return {first, picture.Brightness(row, pixel, 1), picture.Brightness(row, pixel, 2)};
}

// 0 to levels - 1.
int64_t Level(float brightness, int64_t levels) { return std::lround(brightness * static_cast<float>(levels - 1)); }

template <size_t n>
std::vector<std::string> DrawByRamp(std::span<const float> row, const PictureFormat& picture,
                                    const std::array<std::string_view, n>& ramp) {
  std::vector<std::string> lines(static_cast<size_t>(picture.shape.height));
  for (int64_t pixel = 0; pixel < picture.shape.pixels(); ++pixel) {
    const float brightness = ColorAt(row, pixel, picture).luminance();
    lines[static_cast<size_t>(pixel / picture.shape.width)] +=
        ramp[static_cast<size_t>(Level(brightness, static_cast<int64_t>(n)))];
  }
  return lines;
}

// The nearest of the palette's levels, which are 0, 95, 135, 175, 215 and 255 of 255.
int64_t CubeLevel(float brightness) {
  const int64_t level = Level(brightness, kByteLevels);
  if (level < 48) return 0;
  return level < 115 ? 1 : (level - 35) / 40;
}

// What follows "38;" in the sequence for a foreground of the colour, and "48;" in that for a background.
std::string AnsiColor(const PixelColor& color, const GalleryLayout& layout) {
  if (layout.style == PictureStyle::kTrueColorBlocks) {
    return absl::StrCat("2;", Level(color.red, kByteLevels), ";", Level(color.green, kByteLevels), ";",
                        Level(color.blue, kByteLevels));
  }
  if (!layout.picture.is_color()) return absl::StrCat("5;", kAnsiBlack + Level(color.red, kAnsiGrays));
  return absl::StrCat("5;", kAnsiCube + 36 * CubeLevel(color.red) + 6 * CubeLevel(color.green) + CubeLevel(color.blue));
}

std::vector<std::string> DrawHalfBlocks(std::span<const float> row, const GalleryLayout& layout) {
  const ImageShape& image = layout.picture.shape;
  std::vector<std::string> lines;
  lines.reserve(static_cast<size_t>((image.height + 1) / 2));
  for (int64_t y = 0; y < image.height; y += 2) {
    std::string& line = lines.emplace_back();
    for (int64_t x = 0; x < image.width; ++x) {
      const int64_t pixel = y * image.width + x;
      const PixelColor upper = ColorAt(row, pixel, layout.picture);
      const PixelColor lower = y + 1 < image.height ? ColorAt(row, pixel + image.width, layout.picture) : PixelColor();
      absl::StrAppend(&line, "\x1b[38;", AnsiColor(upper, layout), ";48;", AnsiColor(lower, layout), "m▀");
    }
    line += "\x1b[0m";
  }
  return lines;
}

bool IsOfBlocks(PictureStyle style) {
  return style == PictureStyle::kHalfBlocks || style == PictureStyle::kTrueColorBlocks;
}

int64_t PictureColumns(const GalleryLayout& layout) {
  const int64_t width = layout.picture.shape.width;
  return IsOfBlocks(layout.style) ? width : 2 * width;
}

int64_t PictureLines(const GalleryLayout& layout) {
  const int64_t height = layout.picture.shape.height;
  return IsOfBlocks(layout.style) ? (height + 1) / 2 : height;
}

// Number of pictures that fit into one line of text, in cells of `cell` characters including the gap.
int64_t InOneLine(int64_t cell, const GalleryLayout& layout) {
  return std::max<int64_t>(1, (layout.columns + kPictureGap) / cell);
}

std::string Spaces(int64_t count) { return std::string(static_cast<size_t>(std::max<int64_t>(count, 0)), ' '); }

// Appends the pictures side by side as one band of lines, each in a cell of `cell` characters.
void AppendBand(ConstMatrix images, std::span<const std::string> captions, int64_t cell, const GalleryLayout& layout,
                std::string& text) {
  std::vector<std::string> lines;
  for (int64_t i = 0; i < images.rows(); ++i) {
    const std::vector<std::string> picture = DrawPicture(images.row(i), layout);
    lines.resize(picture.size());
    for (size_t y = 0; y < picture.size(); ++y) {
      absl::StrAppend(&lines[y], picture[y], Spaces(cell - PictureColumns(layout)));
    }
  }
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  for (const std::string& caption : captions) {
    absl::StrAppend(&text, caption, Spaces(cell - static_cast<int64_t>(caption.size())));
  }
  absl::StrAppend(&text, captions.empty() ? "\n" : "\n\n");
}

}  // namespace

std::vector<std::string> DrawPicture(std::span<const float> row, const GalleryLayout& layout) {
  switch (layout.style) {
    case PictureStyle::kAscii:
      return DrawByRamp(row, layout.picture, kAsciiRamp);
    case PictureStyle::kShades:
      return DrawByRamp(row, layout.picture, kShadeRamp);
    case PictureStyle::kHalfBlocks:
    case PictureStyle::kTrueColorBlocks:
      return DrawHalfBlocks(row, layout);
  }
  return {};
}

std::string DrawGallery(ConstMatrix images, std::span<const std::string> captions, const GalleryLayout& layout) {
  int64_t cell = PictureColumns(layout);
  for (const std::string& caption : captions) cell = std::max(cell, static_cast<int64_t>(caption.size()));
  cell += kPictureGap;
  const int64_t in_line = InOneLine(cell, layout);
  std::string text;
  for (int64_t first = 0; first < images.rows(); first += in_line) {
    const int64_t count = std::min(in_line, images.rows() - first);
    const auto under =
        captions.empty() ? captions : captions.subspan(static_cast<size_t>(first), static_cast<size_t>(count));
    AppendBand(images.rows_from(first, count), under, cell, layout, text);
  }
  return text;
}

int64_t GalleryCapacity(const GalleryLayout& layout, int64_t lines) {
  const int64_t bands = std::max<int64_t>(1, lines / (PictureLines(layout) + 1));
  return bands * InOneLine(PictureColumns(layout) + kPictureGap, layout);
}

}  // namespace ebm::client

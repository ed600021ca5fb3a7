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
constexpr int64_t kPictureGap = 2;  // characters between pictures

// The gray level of a value, 0 to levels - 1.
int64_t Level(float value, const DataRange& range, int64_t levels) {
  const float share = (value - range.minimum) / (range.maximum - range.minimum);
  if (std::isnan(share)) return 0;
  return std::lround(std::clamp(share, 0.0F, 1.0F) * static_cast<float>(levels - 1));
}

template <size_t n>
std::vector<std::string> DrawByRamp(std::span<const float> pixels, const GalleryLayout& layout,
                                    const std::array<std::string_view, n>& ramp) {
  std::vector<std::string> lines(static_cast<size_t>(layout.shape.height));
  for (size_t i = 0; i < pixels.size(); ++i) {
    lines[i / static_cast<size_t>(layout.shape.width)] +=
        ramp[static_cast<size_t>(Level(pixels[i], layout.range, static_cast<int64_t>(n)))];
  }
  return lines;
}

std::vector<std::string> DrawHalfBlocks(std::span<const float> pixels, const GalleryLayout& layout) {
  const auto [height, width] = layout.shape;
  std::vector<std::string> lines;
  for (int64_t y = 0; y < height; y += 2) {
    std::string& line = lines.emplace_back();
    for (int64_t x = 0; x < width; ++x) {
      const float upper = pixels[static_cast<size_t>(y * width + x)];
      const float lower = y + 1 < height ? pixels[static_cast<size_t>((y + 1) * width + x)] : layout.range.minimum;
      absl::StrAppend(&line, "\x1b[38;5;", kAnsiBlack + Level(upper, layout.range, kAnsiGrays), ";48;5;",
                      kAnsiBlack + Level(lower, layout.range, kAnsiGrays), "m▀");
    }
    line += "\x1b[0m";
  }
  return lines;
}

int64_t PictureColumns(const GalleryLayout& layout) {
  return layout.style == PictureStyle::kHalfBlocks ? layout.shape.width : 2 * layout.shape.width;
}

int64_t PictureLines(const GalleryLayout& layout) {
  return layout.style == PictureStyle::kHalfBlocks ? (layout.shape.height + 1) / 2 : layout.shape.height;
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

std::vector<std::string> DrawPicture(std::span<const float> pixels, const GalleryLayout& layout) {
  switch (layout.style) {
    case PictureStyle::kAscii:
      return DrawByRamp(pixels, layout, kAsciiRamp);
    case PictureStyle::kShades:
      return DrawByRamp(pixels, layout, kShadeRamp);
    case PictureStyle::kHalfBlocks:
      return DrawHalfBlocks(pixels, layout);
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

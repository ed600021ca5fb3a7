// Pictures as text, gray or in colour. A picture is a row of values, whose brightness is that of PictureFormat
// (model/spec/image_shape.h): values outside a channel's range are clamped to it, and NaN is dark.
//
//   kAscii           two characters per pixel, in ten levels of gray; works everywhere
//   kShades          two characters per pixel, in five levels of gray (Unicode shades); needs UTF-8
//   kHalfBlocks      two pixels per character, one above the other, in the palette of 256 colours: 24 grays, or the
//                    nearest of 6 x 6 x 6 colours; needs a UTF-8 terminal
//   kTrueColorBlocks the same in 24-bit colours; needs a terminal that has them
//
// Levels of gray are those of the luminance 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).

#ifndef EBM_CLIENT_CLI_TERMINAL_PICTURE_H_
#define EBM_CLIENT_CLI_TERMINAL_PICTURE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/spec/image_shape.h"

namespace ebm::client {

enum class PictureStyle { kAscii, kShades, kHalfBlocks, kTrueColorBlocks };

// How pictures are laid out as text.
struct GalleryLayout {
  PictureFormat picture;
  PictureStyle style = PictureStyle::kAscii;
  int64_t columns = 80;  // characters per line
};

// The lines of one picture, without line ends. row: [channels * height * width].
std::vector<std::string> DrawPicture(std::span<const float> row, const GalleryLayout& layout);

// Pictures side by side, as many per line as fit (at least one), each above its caption. A blank line ends each band.
// images: [n, channels * height * width]; captions: [n] in ASCII, or empty.
std::string DrawGallery(ConstMatrix images, std::span<const std::string> captions, const GalleryLayout& layout);

// The number of pictures without captions that fit into `lines` lines; at least one.
int64_t GalleryCapacity(const GalleryLayout& layout, int64_t lines);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_TERMINAL_PICTURE_H_

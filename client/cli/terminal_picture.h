// Gray pictures as text. A picture is `height` x `width` values, row-major. range.minimum is black, range.maximum is
// white, and values outside are clamped to them. NaN is black.
//
//   kAscii       two characters per pixel, in ten levels; works everywhere
//   kShades      two characters per pixel, in five levels (Unicode shades); needs UTF-8
//   kHalfBlocks  two pixels per character, one above the other, in 24 grays (ANSI colours); needs a UTF-8 terminal

#ifndef EBM_CLIENT_CLI_TERMINAL_PICTURE_H_
#define EBM_CLIENT_CLI_TERMINAL_PICTURE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm::client {

enum class PictureStyle { kAscii, kShades, kHalfBlocks };

struct PictureShape {
  int64_t height = 0;
  int64_t width = 0;

  friend bool operator==(const PictureShape&, const PictureShape&) = default;
};

// How pictures are laid out as text.
struct GalleryLayout {
  PictureShape shape;
  DataRange range;
  PictureStyle style = PictureStyle::kAscii;
  int64_t columns = 80;  // characters per line
};

// The lines of one picture, without line ends. REQUIRES: pixels.size() == height * width.
std::vector<std::string> DrawPicture(std::span<const float> pixels, const GalleryLayout& layout);

// Pictures side by side, as many per line as fit (at least one), each above its caption. A blank line ends each band.
// images: [n, height * width]; captions: [n] in ASCII, or empty.
std::string DrawGallery(ConstMatrix images, std::span<const std::string> captions, const GalleryLayout& layout);

// The number of pictures without captions that fit into `lines` lines; at least one.
int64_t GalleryCapacity(const GalleryLayout& layout, int64_t lines);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_TERMINAL_PICTURE_H_

// Gray pictures as text. A picture is `height` x `width` values, row-major; range.minimum is black, range.maximum
// white, and what lies outside is held at the nearer end. NaN is black.
//
//   kAscii       two characters a pixel, from a ramp of ten; any terminal, any file
//   kShades      two characters a pixel, from the five Unicode shades; any UTF-8 reader
//   kHalfBlocks  two pixels a character, one above the other, in 24 grays by ANSI colours; UTF-8 terminals

#ifndef EBM_CLIENT_CLI_TERMINAL_PICTURE_H_
#define EBM_CLIENT_CLI_TERMINAL_PICTURE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/core/model_spec.h"

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
  int64_t columns = 80;  // characters a line
};

// The lines of one picture, without line ends. REQUIRES: pixels.size() == height * width.
std::vector<std::string> DrawPicture(std::span<const float> pixels, const GalleryLayout& layout);

// Pictures side by side, as many a line as fit (at least one), each above its caption; a blank line ends each band.
// images: [n, height * width]; captions: [n] in ASCII, or empty.
std::string DrawGallery(ConstMatrix images, std::span<const std::string> captions, const GalleryLayout& layout);

// How many pictures without captions a gallery of `lines` lines holds; at least one.
int64_t GalleryCapacity(const GalleryLayout& layout, int64_t lines);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_TERMINAL_PICTURE_H_

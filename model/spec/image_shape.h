// Whether the rows of a model are images, of which shape, and how they are shown as pictures.
//
// An image is [height, width] or [channels, height, width]: all values of the first channel, then those of the next. It
// is shown as a picture if it has one channel, which is gray, or three, which are red, green and blue.
//
// Threads: plain data and free functions, reentrant.

#ifndef EBM_MODEL_SPEC_IMAGE_SHAPE_H_
#define EBM_MODEL_SPEC_IMAGE_SHAPE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/spec/data_column.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct ImageShape {
  int64_t channels = 1;
  int64_t height = 0;
  int64_t width = 0;

  int64_t pixels() const { return height * width; }

  friend bool operator==(const ImageShape&, const ImageShape&) = default;
};

// Whether x is an image, that is, input_shape has two or three axes and every value has one coordinate.
bool HasImageShape(const ModelSpec& spec);

// The channels, height and width of x. REQUIRES: HasImageShape.
ImageShape ImageShapeOf(const ModelSpec& spec);

// How a row of values in data units is shown.
struct PictureFormat {
  ImageShape shape;               // of one or three channels
  std::vector<DataRange> ranges;  // [channels]; a channel's minimum is dark, its maximum is bright

  bool is_color() const { return shape.channels > 1; }

  // (x - minimum) / (maximum - minimum) for the row's value x at a pixel, held within 0 to 1; 0 for NaN.
  // row: [channels * height * width]; pixel: y * width + x.
  float Brightness(std::span<const float> row, int64_t pixel, int64_t channel) const;
};

// Nothing if the rows are no images, or have neither one channel nor three. columns: those of a ModelSpec, whose number
// of inputs divides the number of values; nothing if it does not.
std::optional<PictureFormat> FindPictureFormat(std::span<const int64_t> input_shape,
                                               const std::vector<DataColumn>& columns);
std::optional<PictureFormat> FindPictureFormat(const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_IMAGE_SHAPE_H_

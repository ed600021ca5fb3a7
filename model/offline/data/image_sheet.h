// Converts rows of numbers to pictures, and back.
//
// Gray is linear in the value: g = 255 (x - minimum) / (maximum - minimum), rounded and held within [0, 255].

#ifndef EBM_MODEL_OFFLINE_DATA_IMAGE_SHEET_H_
#define EBM_MODEL_OFFLINE_DATA_IMAGE_SHEET_H_

#include <cstdint>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/io/gray_image.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct SheetLayout {
  int64_t image_height = 0;
  int64_t image_width = 0;
  DataRange range;
  int64_t columns = 0;  // images per line; 0: as many as make the sheet nearly square
  int64_t scale = 4;    // width and height on the sheet of one of an image's pixels
  int64_t padding = 2;  // gray pixels around and between images
};

struct SheetSize {
  int64_t width = 0;
  int64_t height = 0;
};

// In pixels. REQUIRES: images > 0.
SheetSize SizeOfSheet(int64_t images, const SheetLayout& layout);

// Lays n pictures out row by row on one sheet; places without a picture are filled like the padding.
// images: [n, image_height * image_width]. REQUIRES: n > 0, range.minimum < range.maximum.
GrayImage RenderSheet(ConstMatrix images, const SheetLayout& layout);

// The picture's values in data units, [height * width]: the inverse of the formula above.
std::vector<float> ImageValues(const GrayImage& image, const DataRange& range);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_IMAGE_SHEET_H_

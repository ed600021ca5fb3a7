// Converts rows of numbers to pictures, gray or in colour, and back.
//
// A pixel's gray, red, green or blue is linear in the value x: 255 (x - minimum) / (maximum - minimum) with the range
// of the channel, rounded and held within [0, 255]. NaN is black.

#ifndef EBM_MODEL_OFFLINE_DATA_IMAGE_SHEET_H_
#define EBM_MODEL_OFFLINE_DATA_IMAGE_SHEET_H_

#include <cstdint>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/io/color_image.h"
#include "model/io/gray_image.h"
#include "model/spec/data_column.h"
#include "model/spec/image_shape.h"

namespace ebm {

struct SheetLayout {
  PictureFormat picture;
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
// images: [n, channels * height * width], data units. REQUIRES: n > 0.
GrayOrColorImage RenderSheet(ConstMatrix images, const SheetLayout& layout);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_IMAGE_SHEET_H_

#include "model/offline/evaluation/page_pictures.h"

#include <algorithm>
#include <span>
#include <utility>

#include "model/core/status_macros.h"
#include "model/io/png.h"
#include "model/offline/data/image_sheet.h"
#include "model/offline/evaluation/html.h"
#include "model/spec/image_shape.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr int64_t kPictureHeight = 40;  // approximate height in CSS pixels
constexpr int64_t kMostScale = 5;

// Converts [n, D] in scaled units to [n, height * width] in data units.
MatrixBuffer GrayValues(const ModelSpec& spec, ConstMatrix rows) {
  const ImageShape image = ImageShapeOf(spec);
  const auto pixels = static_cast<size_t>(image.height * image.width);
  MatrixBuffer gray(rows.rows(), image.height * image.width);
  const MatrixBuffer values = DecodeRows(spec, rows);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const std::span<const float> row = values.row(i);
    for (size_t j = 0; j < row.size(); ++j) gray.row(i)[j % pixels] += row[j] / static_cast<float>(image.channels);
  }
  return gray;
}

}  // namespace

absl::StatusOr<std::string> RowPictures(const ModelSpec& spec, ConstMatrix rows, int64_t columns,
                                        absl::string_view alternative) {
  if (!HasImageShape(spec)) return "";
  const ImageShape image = ImageShapeOf(spec);
  const MatrixBuffer gray = GrayValues(spec, rows);
  const SheetLayout layout{.image_height = image.height,
                           .image_width = image.width,
                           .range = spec.data_range(),
                           .columns = columns,
                           .scale = std::clamp(kPictureHeight / image.height, int64_t{1}, kMostScale)};
  const GrayImage sheet = RenderSheet(gray.view(), layout);
  EBM_ASSIGN_OR_RETURN(const std::string png, EncodePng(sheet));
  return html::Picture(png, static_cast<int>(sheet.width), alternative);
}

}  // namespace ebm

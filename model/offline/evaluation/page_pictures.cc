#include "model/offline/evaluation/page_pictures.h"

#include <algorithm>
#include <optional>
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

}  // namespace

absl::StatusOr<std::string> RowPictures(const ModelSpec& spec, ConstMatrix rows, int64_t columns,
                                        absl::string_view alternative) {
  std::optional<PictureFormat> picture = FindPictureFormat(spec);
  if (!picture.has_value()) return "";
  const int64_t scale = std::clamp(kPictureHeight / picture->shape.height, int64_t{1}, kMostScale);
  const SheetLayout layout{.picture = *std::move(picture), .columns = columns, .scale = scale};
  const MatrixBuffer values = DecodeRows(spec, rows);
  EBM_ASSIGN_OR_RETURN(const std::string png, EncodePng(RenderSheet(values.view(), layout)));
  return html::Picture(png, static_cast<int>(SizeOfSheet(rows.rows(), layout).width), alternative);
}

}  // namespace ebm

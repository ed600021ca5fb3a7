#include "client/cli/picture_shape.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm::client {

absl::StatusOr<PictureShape> PictureShapeOf(const ModelDescription& model) {
  const std::vector<int64_t>& shape = model.input_shape;
  if (shape.size() == 2) return PictureShape{shape[0], shape[1]};
  if (shape.size() == 3 && shape[0] == 1) return PictureShape{shape[1], shape[2]};
  const bool may_be_flat = shape.size() == 1 && ArePlain(model.columns);  // the columns of a table are no pixels
  if (may_be_flat) {
    const int64_t side = std::llround(std::sqrt(static_cast<double>(shape[0])));
    if (side * side == shape[0]) return PictureShape{side, side};
  }
  return absl::InvalidArgumentError(absl::StrCat("the inputs of model ", model.identity.name, ", of shape [",
                                                 absl::StrJoin(shape, ", "), "], are not gray pictures"));
}

absl::StatusOr<GalleryLayout> GalleryLayoutFor(const ModelDescription& model, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const PictureShape shape, PictureShapeOf(model));
  return GalleryLayout{
      .shape = shape, .range = model.data_range, .style = console.picture_style, .columns = console.columns};
}

}  // namespace ebm::client

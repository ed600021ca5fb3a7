#include "client/cli/picture_shape.h"

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// The input shape, or [side, side] for a flat one that can be a square. The columns of a table are no pixels.
std::vector<int64_t> ShapeAsPicture(const ModelDescription& model) {
  const std::vector<int64_t>& shape = model.input_shape;
  if (shape.size() != 1 || !ArePlain(model.columns)) return shape;
  const int64_t side = std::llround(std::sqrt(static_cast<double>(shape[0])));
  return side * side == shape[0] ? std::vector<int64_t>{side, side} : shape;
}

}  // namespace

absl::StatusOr<PictureFormat> PictureFormatOf(const ModelDescription& model) {
  std::optional<PictureFormat> format = FindPictureFormat(ShapeAsPicture(model), model.columns);
  if (format.has_value()) return *std::move(format);
  return absl::InvalidArgumentError(absl::StrCat("the inputs of model ", model.identity.name, ", of shape [",
                                                 absl::StrJoin(model.input_shape, ", "),
                                                 "], are not pictures, gray or in colour"));
}

absl::StatusOr<GalleryLayout> GalleryLayoutFor(const ModelDescription& model, const Console& console) {
  EBM_ASSIGN_OR_RETURN(PictureFormat picture, PictureFormatOf(model));
  return GalleryLayout{.picture = std::move(picture), .style = console.picture_style, .columns = console.columns};
}

}  // namespace ebm::client

#include "client/cli/picture_shape.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/offline/data/picture_rows.h"

namespace ebm::client {
absl::StatusOr<PictureFormat> PictureFormatOf(const ModelDescription& model) {
  std::optional<PictureFormat> format =
      ebm::PictureFormatOf({.input_shape = model.input_shape, .columns = model.columns, .class_labels = {}});
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

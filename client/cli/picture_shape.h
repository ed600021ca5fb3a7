// Which models' inputs are gray pictures, and how they are drawn.

#ifndef EBM_CLIENT_CLI_PICTURE_SHAPE_H_
#define EBM_CLIENT_CLI_PICTURE_SHAPE_H_

#include "absl/status/statusor.h"
#include "client/cli/console.h"
#include "client/cli/terminal_picture.h"
#include "client/messages.h"
#include "client/model_description.h"

namespace ebm::client {

// [h, w] and [1, h, w] as they stand, [D] as a square where D is one. InvalidArgument for other shapes.
absl::StatusOr<PictureShape> PictureShapeOf(const ModelDescription& model);

// InvalidArgument where the model's inputs are no pictures.
absl::StatusOr<GalleryLayout> GalleryLayoutFor(const ModelDescription& model, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_PICTURE_SHAPE_H_

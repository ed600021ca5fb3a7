// Decides whether a model's inputs are gray pictures, and how to draw them.

#ifndef EBM_CLIENT_CLI_PICTURE_SHAPE_H_
#define EBM_CLIENT_CLI_PICTURE_SHAPE_H_

#include "absl/status/statusor.h"
#include "client/cli/console.h"
#include "client/cli/terminal_picture.h"
#include "client/messages.h"
#include "client/model_description.h"

namespace ebm::client {

// [h, w] and [1, h, w] are pictures of h x w pixels; [D] is a square picture if D is a square number. InvalidArgument
// for other shapes.
absl::StatusOr<PictureShape> PictureShapeOf(const ModelDescription& model);

// InvalidArgument if the model's inputs are not pictures.
absl::StatusOr<GalleryLayout> GalleryLayoutFor(const ModelDescription& model, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_PICTURE_SHAPE_H_

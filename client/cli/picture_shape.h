// Decides whether a model's inputs are pictures, and how to draw them.

#ifndef EBM_CLIENT_CLI_PICTURE_SHAPE_H_
#define EBM_CLIENT_CLI_PICTURE_SHAPE_H_

#include "absl/status/statusor.h"
#include "client/cli/console.h"
#include "client/cli/terminal_picture.h"
#include "client/model_description.h"
#include "model/spec/image_shape.h"

namespace ebm::client {

// As model/offline/data/picture_rows.h. InvalidArgument if the model's inputs are not pictures.
absl::StatusOr<PictureFormat> PictureFormatOf(const ModelDescription& model);

// InvalidArgument if the model's inputs are not pictures.
absl::StatusOr<GalleryLayout> GalleryLayoutFor(const ModelDescription& model, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_PICTURE_SHAPE_H_

// Decodes pictures of either format: PNG (png.h) or JPEG (jpeg.h), told by their content.
//
// Errors: those of the two; InvalidArgument for bytes that are neither, with the name of what they are if it is known.

#ifndef EBM_MODEL_IO_PICTURE_H_
#define EBM_MODEL_IO_PICTURE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/color_image.h"

namespace ebm {

bool IsPicture(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<ColorImage> DecodePicture(absl::string_view bytes, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_IO_PICTURE_H_

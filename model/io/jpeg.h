// Decodes JPEG pictures in memory, by libjpeg-turbo.
//
// Gray and colour pictures, baseline and progressive, become 8-bit colour with the values that Pillow reads. The
// orientation that a camera notes is ignored, as are colour profiles.
//
// Errors: InvalidArgument with the source for bytes that are not a JPEG, are cut short or damaged, have other colours
// than gray, RGB and YCbCr, or describe more than kMaxJpegPixels (checked before decoding).

#ifndef EBM_MODEL_IO_JPEG_H_
#define EBM_MODEL_IO_JPEG_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/color_image.h"

namespace ebm {

inline constexpr int64_t kMaxJpegPixels = int64_t{1} << 24;

bool IsJpeg(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<ColorImage> DecodeJpeg(absl::string_view bytes, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_IO_JPEG_H_

// Decodes and encodes PNG pictures in memory, by libpng.
//
// Colours become gray by their luminance; transparent pixels are blended with black; 16-bit samples become 8-bit.
//
// Errors: InvalidArgument with the source for bytes that are not a PNG, are damaged, or describe more than
// kMaxPngPixels (checked before decoding).

#ifndef EBM_MODEL_IO_PNG_H_
#define EBM_MODEL_IO_PNG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/gray_image.h"

namespace ebm {

inline constexpr int64_t kMaxPngPixels = int64_t{1} << 24;

bool IsPng(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<GrayImage> DecodePng(absl::string_view bytes, absl::string_view source);

// Errors: InvalidArgument for an image without pixels or with more than kMaxPngPixels.
absl::StatusOr<std::string> EncodePng(const GrayImage& image);

}  // namespace ebm

#endif  // EBM_MODEL_IO_PNG_H_

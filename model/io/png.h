// Decodes and encodes PNG pictures in memory, by libpng.
//
// Every kind of PNG becomes 8-bit colour with the values that Pillow reads: gray and palettes are expanded, 16-bit
// samples lose their low byte, and gamma and colour profiles are ignored. Transparent pixels are blended with black,
// linearly in these values: white ink on a transparent ground stays visible, black ink does not.
//
// Errors: InvalidArgument with the source for bytes that are not a PNG, are damaged, or describe more than
// kMaxPngPixels (checked before decoding).

#ifndef EBM_MODEL_IO_PNG_H_
#define EBM_MODEL_IO_PNG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/color_image.h"
#include "model/io/gray_image.h"

namespace ebm {

inline constexpr int64_t kMaxPngPixels = int64_t{1} << 24;

bool IsPng(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<ColorImage> DecodePng(absl::string_view bytes, absl::string_view source);

// 8-bit gray, or 8-bit red, green and blue without alpha. Errors: InvalidArgument for an image without pixels or with
// more than kMaxPngPixels.
absl::StatusOr<std::string> EncodePng(const GrayImage& image);
absl::StatusOr<std::string> EncodePng(const GrayOrColorImage& image);

}  // namespace ebm

#endif  // EBM_MODEL_IO_PNG_H_

#include "model/io/picture.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/io/foreign_format.h"
#include "model/io/jpeg.h"
#include "model/io/png.h"

namespace ebm {

bool IsPicture(absl::string_view bytes) { return IsPng(bytes) || IsJpeg(bytes); }

absl::StatusOr<ColorImage> DecodePicture(absl::string_view bytes, absl::string_view source) {
  if (IsPng(bytes)) return DecodePng(bytes, source);
  if (IsJpeg(bytes)) return DecodeJpeg(bytes, source);
  const absl::string_view name = NameOfForeignFormat(bytes);
  return absl::InvalidArgumentError(
      absl::StrCat(source, ": neither a PNG nor a JPEG picture", name.empty() ? "" : ", but ", name));
}

}  // namespace ebm

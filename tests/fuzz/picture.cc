// Any bytes read as a PNG or JPEG picture are rejected, or give as many pixels as its size requires.

#include "model/io/picture.h"

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::ColorImage> image = ebm::DecodePicture(bytes, "fuzz");
  if (!image.ok()) return 0;
  ebm::Check(image->width > 0 && image->height > 0, "a picture has pixels");
  ebm::Check(image->pixels.size() == static_cast<size_t>(image->width * image->height * ebm::kColorChannels),
             "a pixel has three values");
  return 0;
}

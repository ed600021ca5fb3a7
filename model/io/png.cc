#include "model/io/png.h"

#include <png.h>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

constexpr absl::string_view kSignature("\x89PNG\r\n\x1a\n", 8);

absl::Status DecodeError(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what));
}

}  // namespace

bool IsPng(absl::string_view bytes) { return absl::StartsWith(bytes, kSignature); }

absl::StatusOr<GrayImage> DecodePng(absl::string_view bytes, absl::string_view source) {
  png_image reader{};
  reader.version = PNG_IMAGE_VERSION;
  const absl::Cleanup free_reader = [&reader] { png_image_free(&reader); };
  if (png_image_begin_read_from_memory(&reader, bytes.data(), bytes.size()) == 0) {
    return DecodeError(source, reader.message);
  }
  GrayImage image{.width = reader.width, .height = reader.height, .pixels = {}};
  if (image.height > kMaxPngPixels / image.width) {  // libpng has rejected a width of 0
    return DecodeError(source, absl::StrCat("the picture is ", image.width, " x ", image.height, "; the limit is ",
                                            kMaxPngPixels, " pixels"));
  }
  reader.format = PNG_FORMAT_GRAY;
  image.pixels.resize(PNG_IMAGE_SIZE(reader));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&reader, &black, image.pixels.data(), 0, nullptr) == 0) {
    return DecodeError(source, reader.message);
  }
  return image;
}

absl::StatusOr<std::string> EncodePng(const GrayImage& image) {
  if (image.width <= 0 || image.height <= 0 || image.height > kMaxPngPixels / image.width) {
    return absl::InvalidArgumentError(absl::StrCat("a picture of ", image.width, " x ", image.height,
                                                   " cannot be encoded as a PNG; the limit is ", kMaxPngPixels,
                                                   " pixels"));
  }
  png_image writer{};
  writer.version = PNG_IMAGE_VERSION;
  writer.width = static_cast<png_uint_32>(image.width);
  writer.height = static_cast<png_uint_32>(image.height);
  writer.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(writer);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&writer, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    return absl::InternalError(absl::StrCat("cannot encode a PNG: ", writer.message));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace ebm

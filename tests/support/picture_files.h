// Picture files for tests.

#ifndef EBM_TESTS_SUPPORT_PICTURE_FILES_H_
#define EBM_TESTS_SUPPORT_PICTURE_FILES_H_

// clang-format off: jpeglib.h uses FILE.
#include <jpeglib.h>
#include <cstdio>
// clang-format on
#include <png.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "model/io/color_image.h"

namespace ebm {

// A picture whose pixels all have this colour.
inline ColorImage OneColor(int64_t width, int64_t height, uint8_t red, uint8_t green, uint8_t blue) {
  const std::array<uint8_t, kColorChannels> color = {red, green, blue};
  ColorImage image = {.width = width, .height = height, .pixels = {}};
  image.pixels.resize(static_cast<size_t>(width * height) * color.size());
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = color[i % color.size()];
  return image;
}

inline std::string ColorPng(const ColorImage& image) {
  png_image writer{};
  writer.version = PNG_IMAGE_VERSION;
  writer.width = static_cast<png_uint_32>(image.width);
  writer.height = static_cast<png_uint_32>(image.height);
  writer.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(writer);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&writer, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) std::abort();
  bytes.resize(size);
  return bytes;
}

struct JpegOptions {
  bool progressive = false;
  bool gray = false;   // from the red values
  bool cmyk = false;   // the red values in all four
  bool apart = false;  // each channel in a scan of its own
};

inline std::string ColorJpeg(ColorImage image, const JpegOptions& options = {}) {
  const int samples = options.cmyk ? 4 : options.gray ? 1 : 3;
  std::string pixels(static_cast<size_t>(image.width * image.height * samples), '\0');
  for (size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<char>(image.pixels[samples == 3 ? i : i / samples * 3]);
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};  // its handler ends the program
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* out = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's type
  jpeg_mem_dest(&jpeg, &out, &size);
  jpeg.image_width = static_cast<JDIMENSION>(image.width);
  jpeg.image_height = static_cast<JDIMENSION>(image.height);
  jpeg.input_components = samples;
  jpeg.in_color_space = options.cmyk ? JCS_CMYK : options.gray ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  if (options.progressive) jpeg_simple_progression(&jpeg);
  constexpr jpeg_scan_info kScans[] = {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  if (options.apart) {
    jpeg.scan_info = kScans;
    jpeg.num_scans = 3;
  }
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    auto* row = reinterpret_cast<JSAMPROW>(pixels.data()) + jpeg.next_scanline * jpeg.image_width * samples;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string bytes(reinterpret_cast<const char*>(out), size);
  jpeg_destroy_compress(&jpeg);
  std::free(out);  // NOLINT(cppcoreguidelines-no-malloc): libjpeg allocates it
  return bytes;
}

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_PICTURE_FILES_H_

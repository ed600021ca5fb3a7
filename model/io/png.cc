#include "model/io/png.h"

#include <png.h>

#include <csetjmp>
#include <cstring>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

constexpr absl::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
constexpr size_t kSampleBytes = 4;  // red, green, blue, alpha
constexpr int kOpaque = 255;

absl::Status DecodeError(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what));
}

// What libpng's callbacks see.
struct Input {
  absl::string_view unread;
  std::string error;
};

void Read(png_structp png, png_bytep out, size_t count) {
  auto& input = *static_cast<Input*>(png_get_io_ptr(png));
  if (count > input.unread.size()) png_error(png, "the file is cut short");
  std::memcpy(out, input.unread.data(), count);
  input.unread.remove_prefix(count);
}

[[noreturn]] void Fail(png_structp png, png_const_charp message) {
  static_cast<Input*>(png_get_error_ptr(png))->error = message;
  png_longjmp(png, 1);
}

void IgnoreWarning(png_structp /*png*/, png_const_charp /*message*/) {}

// libpng's reader. Its errors jump back over frames of this file, so ReadHeader and ReadPixels have no local objects
// with destructors.
class Decoder {
 public:
  explicit Decoder(absl::string_view bytes) : input_{.unread = bytes, .error = {}} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input_, Fail, IgnoreWarning);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
  }
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  const std::string& error() const { return input_.error; }
  int64_t width() const { return png_get_image_width(png_, info_); }
  int64_t height() const { return png_get_image_height(png_, info_); }

  // False with an error.
  bool ReadHeader() {
    if (info_ == nullptr) {
      input_.error = "no memory to decode";
      return false;
    }
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, &input_, Read);
    png_read_info(png_, info_);
    return true;
  }

  // rows: one pointer per row, to space for 4 bytes per pixel: red, green, blue, alpha. False with an error.
  bool ReadPixels(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);  // palettes, fewer than 8 bits, transparent colours
    png_set_strip_16(png_);
    png_set_gray_to_rgb(png_);
    png_set_add_alpha(png_, kOpaque, PNG_FILLER_AFTER);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    png_read_image(png_, rows);
    return true;
  }

 private:
  Input input_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// samples: [height, width, 4]. Blends with black.
ColorImage OnBlack(const std::vector<uint8_t>& samples, int64_t width, int64_t height) {
  ColorImage image{.width = width, .height = height, .pixels = {}};
  image.pixels.reserve(samples.size() / kSampleBytes * kColorChannels);
  for (size_t i = 0; i < samples.size(); i += kSampleBytes) {
    const int alpha = samples[i + kColorChannels];
    for (size_t channel = 0; channel < kColorChannels; ++channel) {
      image.pixels.push_back(static_cast<uint8_t>((samples[i + channel] * alpha + kOpaque / 2) / kOpaque));
    }
  }
  return image;
}

// format: of the pixels, one of libpng's PNG_FORMAT_.
template <typename Image>
absl::StatusOr<std::string> Encode(const Image& image, png_uint_32 format) {
  if (image.width <= 0 || image.height <= 0 || image.height > kMaxPngPixels / image.width) {
    return absl::InvalidArgumentError(absl::StrCat("a picture of ", image.width, " x ", image.height,
                                                   " cannot be encoded as a PNG; the limit is ", kMaxPngPixels,
                                                   " pixels"));
  }
  png_image writer{};
  writer.version = PNG_IMAGE_VERSION;
  writer.width = static_cast<png_uint_32>(image.width);
  writer.height = static_cast<png_uint_32>(image.height);
  writer.format = format;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(writer);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&writer, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0) {
    return absl::InternalError(absl::StrCat("cannot encode a PNG: ", writer.message));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

bool IsPng(absl::string_view bytes) { return absl::StartsWith(bytes, kSignature); }

absl::StatusOr<ColorImage> DecodePng(absl::string_view bytes, absl::string_view source) {
  if (!IsPng(bytes)) return DecodeError(source, "not a PNG file");
  Decoder decoder(bytes);
  if (!decoder.ReadHeader()) return DecodeError(source, decoder.error());
  const int64_t width = decoder.width();
  const int64_t height = decoder.height();
  if (height > kMaxPngPixels / width) {  // libpng has rejected a width of 0
    return DecodeError(
        source, absl::StrCat("the picture is ", width, " x ", height, "; the limit is ", kMaxPngPixels, " pixels"));
  }
  const size_t row_bytes = static_cast<size_t>(width) * kSampleBytes;
  std::vector<uint8_t> samples(static_cast<size_t>(height) * row_bytes);
  std::vector<png_bytep> rows;
  rows.reserve(static_cast<size_t>(height));
  for (int64_t y = 0; y < height; ++y) rows.push_back(samples.data() + static_cast<size_t>(y) * row_bytes);
  if (!decoder.ReadPixels(rows.data())) return DecodeError(source, decoder.error());
  return OnBlack(samples, width, height);
}

absl::StatusOr<std::string> EncodePng(const GrayImage& image) { return Encode(image, PNG_FORMAT_GRAY); }

absl::StatusOr<std::string> EncodePng(const GrayOrColorImage& image) {
  if (const auto* const color = std::get_if<ColorImage>(&image)) return Encode(*color, PNG_FORMAT_RGB);
  return EncodePng(std::get<GrayImage>(image));
}

}  // namespace ebm

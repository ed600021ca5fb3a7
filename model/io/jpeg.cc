#include "model/io/jpeg.h"

// clang-format off: jpeglib.h uses FILE and comes before its error codes.
#include <jerror.h>
#include <jpeglib.h>
#include <cstdio>
// clang-format on

#include <array>
#include <csetjmp>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

constexpr absl::string_view kJpegSignature = "\xFF\xD8\xFF";
constexpr int kMostScans = 500;  // a progressive picture has about ten; each costs the time of a whole picture

absl::Status JpegError(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what));
}

// libjpeg's error handler, extended by the place to return to. It holds no C++ object, since its functions do not
// return.
struct ErrorHandler {
  jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is one to all
  std::jmp_buf escape;
  std::array<char, JMSG_LENGTH_MAX> message;
};

[[noreturn]] void FailJpeg(j_common_ptr jpeg) {
  auto* const handler = reinterpret_cast<ErrorHandler*>(jpeg->err);
  jpeg->err->format_message(jpeg, handler->message.data());
  std::longjmp(handler->escape, 1);
}

// libjpeg warns of damage and goes on with gray pixels. Only what leaves the pixels as they were is accepted.
void OnMessage(j_common_ptr jpeg, int level) {
  constexpr int kWarning = -1;
  if (level != kWarning) return;
  switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
      return;
    default:
      FailJpeg(jpeg);
  }
}

void IgnoreOutput(j_common_ptr /*jpeg*/) {}

void LimitScans(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMostScans) return;
  auto* const handler = reinterpret_cast<ErrorHandler*>(jpeg->err);
  std::snprintf(handler->message.data(), handler->message.size(), "more than %d scans", kMostScans);
  std::longjmp(handler->escape, 1);
}

// libjpeg's reader. Its errors jump back over frames of this file, so ReadHeader and ReadPixels have no local objects
// with destructors.
class JpegDecoder {
 public:
  explicit JpegDecoder(absl::string_view bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = FailJpeg;
    errors_.base.emit_message = OnMessage;
    errors_.base.output_message = IgnoreOutput;
    progress_.progress_monitor = LimitScans;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  absl::string_view error() const { return errors_.message.data(); }
  int64_t width() const { return jpeg_.image_width; }
  int64_t height() const { return jpeg_.image_height; }
  bool is_for_print() const { return jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK; }

  // False with an error.
  bool ReadHeader() {
    if (setjmp(errors_.escape) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_.progress = &progress_;
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
    jpeg_read_header(&jpeg_, TRUE);
    return true;
  }

  // pixels: space for [height, width, 3]. False with an error.
  bool ReadPixels(uint8_t* pixels) {
    if (setjmp(errors_.escape) != 0) return false;
    jpeg_.out_color_space = JCS_RGB;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = pixels + static_cast<size_t>(jpeg_.output_scanline) * jpeg_.output_width * kColorChannels;
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

 private:
  absl::string_view bytes_;
  jpeg_decompress_struct jpeg_{};
  jpeg_progress_mgr progress_{};
  ErrorHandler errors_{};
};

}  // namespace

bool IsJpeg(absl::string_view bytes) { return absl::StartsWith(bytes, kJpegSignature); }

absl::StatusOr<ColorImage> DecodeJpeg(absl::string_view bytes, absl::string_view source) {
  if (!IsJpeg(bytes)) return JpegError(source, "not a JPEG file");
  JpegDecoder decoder(bytes);
  if (!decoder.ReadHeader()) return JpegError(source, decoder.error());
  const int64_t width = decoder.width();
  const int64_t height = decoder.height();
  if (height > kMaxJpegPixels / width) {  // libjpeg has rejected a width of 0
    return JpegError(
        source, absl::StrCat("the picture is ", width, " x ", height, "; the limit is ", kMaxJpegPixels, " pixels"));
  }
  if (decoder.is_for_print()) return JpegError(source, "a JPEG picture in CMYK; save it in RGB or gray");
  ColorImage image{.width = width, .height = height, .pixels = {}};
  image.pixels.resize(static_cast<size_t>(width * height * kColorChannels));
  if (!decoder.ReadPixels(image.pixels.data())) return JpegError(source, decoder.error());
  return image;
}

}  // namespace ebm

#include "model/io/foreign_format.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace ebm {
namespace {

struct Signature {
  size_t offset;
  absl::string_view bytes;
  absl::string_view name;
};

// Longer signatures stand before those that they begin with.
constexpr Signature kSignatures[] = {
    {0, "PK\x03\x04",
     "a ZIP archive; NPZ files and spreadsheets are such archives: save the array itself as NPY or CSV"},
    {0, "PK\x05\x06", "an empty ZIP archive"},
    {0,
     "\xFD"
     "7zXZ",
     "an xz file; decompress it first"},
    {0, "BZh", "a bzip2 file; decompress it first"},
    {0, "\x28\xB5\x2F\xFD", "a Zstandard file; decompress it first"},
    {0, "\x04\x22\x4D\x18", "an LZ4 file; decompress it first"},
    {0, "\x1F\x8B", "a gzip file; it is compressed twice: decompress it first"},
    {0, "\x1F\x9D", "a file of compress; decompress it first"},
    {0, "7z\xBC\xAF", "a 7z archive; extract it first"},
    {0, "Rar!", "a RAR archive; extract it first"},
    {257, "ustar", "a tar archive; extract it first"},
    {0, "version https://git-lfs", "a Git LFS pointer and not the file itself; run 'git lfs pull'"},
    {0, "\x89HDF", "an HDF5 file"},
    {0, "PAR1", "a Parquet file"},
    {0, "ARROW1", "an Arrow file"},
    {0, "SQLite format 3", "an SQLite database"},
    {0, "MATLAB 5.0", "a MATLAB file"},
    {0, "\xD0\xCF\x11\xE0", "an old Excel or Word file"},
    {0, "%PDF", "a PDF"},
    {0, "\x89PNG\r\n\x1a\n", "a PNG picture"},
    {0, "\xFF\xD8\xFF", "a JPEG picture"},
    {0, "GIF8", "a GIF picture"},
    {0, "P1\n", "a PBM picture"},
    {0, "P2\n", "a PGM picture"},
    {0, "P4\n", "a PBM picture"},
    {0, "P5\n", "a PGM picture"},
    {0, "P6\n", "a PPM picture"},
    {0, "SIMPLE  =", "a FITS file"},
    {0, "II\x2A", "a TIFF picture"},
    {8, "WEBP", "a WebP picture"},
    {0,
     "\x7F"
     "ELF",
     "a program"},
};

bool HasSignature(absl::string_view bytes, const Signature& signature) {
  return bytes.size() >= signature.offset && absl::StartsWith(bytes.substr(signature.offset), signature.bytes);
}

// RFC 1950, with the three headers of zlib's levels that are no text.
bool IsZlibStream(absl::string_view bytes) {
  return absl::StartsWith(bytes, "\x78\x01") || absl::StartsWith(bytes, "\x78\x9C") ||
         absl::StartsWith(bytes, "\x78\xDA");
}

// Text of mostly ASCII characters: with a mark, or every second byte is zero.
bool IsUtf16(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "\xFF\xFE") || absl::StartsWith(bytes, "\xFE\xFF")) return true;
  if (bytes.size() < 4) return false;
  const auto is_text_and_zero = [&](size_t text, size_t zero) {
    return absl::ascii_isprint(static_cast<unsigned char>(bytes[text])) && bytes[zero] == '\0' &&
           absl::ascii_isprint(static_cast<unsigned char>(bytes[text + 2])) && bytes[zero + 2] == '\0';
  };
  return is_text_and_zero(0, 1) || is_text_and_zero(1, 0);
}

// "BM", the file's size, four zeros.
bool IsBitmap(absl::string_view bytes) {
  return bytes.size() >= 10 && absl::StartsWith(bytes, "BM") && bytes.substr(6, 4) == absl::string_view("\0\0\0\0", 4);
}

// Eight bytes with the length of a header in JSON.
bool IsSafetensors(absl::string_view bytes) {
  return bytes.size() > 9 && bytes.substr(3, 5) == absl::string_view("\0\0\0\0\0", 5) && bytes[8] == '{';
}

bool IsMarkup(absl::string_view bytes) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(bytes);
  return absl::StartsWithIgnoreCase(text, "<!doctype") || absl::StartsWithIgnoreCase(text, "<html") ||
         absl::StartsWith(text, "<?xml");
}

bool IsPickle(absl::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x80' && bytes[1] >= '\x02' && bytes[1] <= '\x05';
}

bool IsJson(absl::string_view bytes) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(bytes);
  return !text.empty() && (text.front() == '{' || text.front() == '[');
}

}  // namespace

absl::string_view NameOfForeignFormat(absl::string_view bytes) {
  for (const Signature& signature : kSignatures) {
    if (HasSignature(bytes, signature)) return signature.name;
  }
  if (IsUtf16(bytes)) return "text in UTF-16; save it as UTF-8";
  if (IsZlibStream(bytes)) return "a zlib stream, which is not gzip";
  if (IsMarkup(bytes)) return "a web page or XML";
  if (IsPickle(bytes)) return "a Python pickle; save the array as NPY";
  if (IsJson(bytes)) return "JSON";
  if (IsBitmap(bytes)) return "a BMP picture";
  if (IsSafetensors(bytes)) return "a safetensors file, such as a checkpoint";
  return "";
}

}  // namespace ebm

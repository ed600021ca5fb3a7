// Compressed test data.

#ifndef EBM_TESTS_SUPPORT_GZIP_H_
#define EBM_TESTS_SUPPORT_GZIP_H_

#include <zlib.h>

#include <string>

namespace ebm {

// One gzip member.
inline std::string Gzip(std::string text) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_GZIP_H_

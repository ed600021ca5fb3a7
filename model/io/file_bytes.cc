#include "model/io/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;
constexpr char kGzipMagic[] = "\x1f\x8b";

absl::Status TooLarge(absl::string_view source, absl::string_view what, size_t limit) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what, " exceeds the limit of ", limit, " bytes"));
}

// The size of a regular file is known: one that is too large is rejected unread, and the others need one allocation.
absl::Status ReserveFor(int file, const std::string& path, size_t limit, std::string& bytes) {
  struct stat info {};
  if (fstat(file, &info) != 0) return SystemError("examine", path);
  if (!S_ISREG(info.st_mode)) return absl::OkStatus();
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > limit) return TooLarge(path, "the file", limit);
  bytes.reserve(size);
  return absl::OkStatus();
}

// Returns zlib's state to the system on every path. The stream holds a pointer to itself, so it must not move.
class Inflater {
 public:
  Inflater() {
    constexpr int kGzipWindow = 15 + 16;  // the largest window; 16 asks for gzip framing
    ready_ = inflateInit2(&stream_, kGzipWindow) == Z_OK;
  }
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool ready() const { return ready_; }
  size_t unread() const { return stream_.avail_in; }

  void Feed(absl::string_view input) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib does not write to it
    stream_.avail_in = static_cast<uInt>(input.size());
  }

  // Returns zlib's status, and the number of bytes written to `chunk`.
  std::pair<int, size_t> Step(std::array<char, kChunkBytes>& chunk) {
    stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream_.avail_out = static_cast<uInt>(chunk.size());
    const int answer = inflate(&stream_, Z_NO_FLUSH);
    return {answer, chunk.size() - stream_.avail_out};
  }

  void StartNextMember() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

}  // namespace

absl::StatusOr<std::string> ReadFileBytes(const std::string& path, size_t limit) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError("open", path);
  const absl::Cleanup close_file = [file] { close(file); };

  std::string bytes;
  EBM_RETURN_IF_ERROR(ReserveFor(file, path, limit, bytes));
  std::array<char, kChunkBytes> chunk;
  while (true) {
    const ssize_t count = read(file, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("read", path);
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(count) > limit) return TooLarge(path, "the file", limit);
    bytes.append(chunk.data(), static_cast<size_t>(count));
  }
}

absl::StatusOr<std::string> Gunzip(absl::string_view compressed, size_t limit, absl::string_view source) {
  Inflater inflater;
  if (!inflater.ready()) return absl::ResourceExhaustedError(absl::StrCat(source, ": no memory to decompress"));
  std::string out;
  std::array<char, kChunkBytes> chunk;
  inflater.Feed(compressed);
  while (true) {
    const auto [answer, count] = inflater.Step(chunk);
    if (out.size() + count > limit) return TooLarge(source, "the decompressed data", limit);
    out.append(chunk.data(), count);
    if (answer == Z_STREAM_END && inflater.unread() == 0) return out;
    if (answer == Z_STREAM_END) {
      inflater.StartNextMember();
    } else if (answer == Z_BUF_ERROR) {
      return absl::InvalidArgumentError(absl::StrCat(source, ": the gzip stream is cut short"));
    } else if (answer != Z_OK) {
      return absl::InvalidArgumentError(absl::StrCat(source, ": damaged gzip stream after ", out.size(), " bytes"));
    }
  }
}

absl::StatusOr<std::string> ReadFileDecompressed(const std::string& path, size_t limit) {
  EBM_ASSIGN_OR_RETURN(std::string bytes, ReadFileBytes(path, limit));
  if (!bytes.starts_with(kGzipMagic)) return bytes;
  return Gunzip(bytes, limit, path);
}

absl::Status WithSource(absl::string_view source, const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat(source, ": ", error.message()));
}

absl::Status WriteFileBytes(absl::string_view bytes, const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return SystemError("create", path);
  absl::Cleanup close_file = [file] { close(file); };
  EBM_RETURN_IF_ERROR(WriteAll(file, bytes, path));
  std::move(close_file).Cancel();
  return close(file) == 0 ? absl::OkStatus() : SystemError("close", path);
}

}  // namespace ebm

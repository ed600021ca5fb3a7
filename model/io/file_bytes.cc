#include "model/io/file_bytes.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_file.h"
#include "model/io/digest.h"
#include "model/io/output_file.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 16;
constexpr int kLongestWaitForWriter = 3'000;  // milliseconds
constexpr int kForever = -1;
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

absl::StatusOr<bool> IsPipe(int file, const std::string& path) {
  struct stat info {};
  if (fstat(file, &info) != 0) return SystemError("examine", path);
  return S_ISFIFO(info.st_mode);
}

// False after the timeout; infinite if it is negative.
bool WaitForData(int file, int milliseconds) {
  pollfd readable = {.fd = file, .events = POLLIN, .revents = 0};
  return poll(&readable, 1, milliseconds) > 0;
}

absl::StatusOr<std::string> ReadToEnd(int file, const std::string& source, size_t limit) {
  std::string bytes;
  EBM_RETURN_IF_ERROR(ReserveFor(file, source, limit, bytes));
  std::array<char, kChunkBytes> chunk;
  while (true) {
    const ssize_t count = read(file, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      WaitForData(file, kForever);
      continue;
    }
    if (count < 0) return SystemError("read", source);
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<size_t>(count) > limit) return TooLarge(source, "the file", limit);
    bytes.append(chunk.data(), static_cast<size_t>(count));
  }
}

// Tapes, block devices and some archivers fill the last block with zeros.
bool IsPadding(absl::string_view bytes) {
  return std::ranges::all_of(bytes, [](char byte) { return byte == '\0'; });
}

absl::Status NotGzip(absl::string_view source, size_t bytes) {
  return absl::InvalidArgumentError(
      absl::StrCat(source, ": the last ", bytes, " bytes, behind the gzip stream, are not gzip"));
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

std::string SourceName(const std::string& path) { return path == kStandardInput ? "standard input" : path; }

absl::StatusOr<std::string> ReadFileBytes(const std::string& path, size_t limit) {
  if (path == kStandardInput) return ReadToEnd(STDIN_FILENO, SourceName(path), limit);
  // Without O_NONBLOCK, a named pipe would block until it is written to.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return SystemError("open", path);
  const absl::Cleanup close_file = [file] { close(file); };
  EBM_ASSIGN_OR_RETURN(const bool is_pipe, IsPipe(file, path));
  const bool waited_in_vain = is_pipe && !WaitForData(file, kLongestWaitForWriter);
  EBM_ASSIGN_OR_RETURN(std::string bytes, ReadToEnd(file, path, limit));
  if (waited_in_vain && bytes.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": no program writes to this pipe"));
  }
  return bytes;
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
    if (answer == Z_STREAM_END) {
      const absl::string_view rest = compressed.substr(compressed.size() - inflater.unread());
      if (IsPadding(rest)) return out;
      if (!absl::StartsWith(rest, kGzipMagic)) return NotGzip(source, rest.size());
      inflater.StartNextMember();
    } else if (answer == Z_BUF_ERROR) {
      return absl::InvalidArgumentError(absl::StrCat(source, ": the gzip stream is cut short"));
    } else if (answer != Z_OK) {
      return absl::InvalidArgumentError(absl::StrCat(source, ": damaged gzip stream after ", out.size(), " bytes"));
    }
  }
}

absl::StatusOr<DataFile> ReadDataFile(const std::string& path, size_t limit) {
  EBM_ASSIGN_OR_RETURN(std::string bytes, ReadFileBytes(path, limit));
  DataFile file = {.bytes = {}, .sha256 = Sha256Hex(bytes)};
  if (!absl::StartsWith(bytes, kGzipMagic)) {
    file.bytes = std::move(bytes);
    return file;
  }
  EBM_ASSIGN_OR_RETURN(file.bytes, Gunzip(bytes, limit, SourceName(path)));
  return file;
}

absl::Status WithSource(absl::string_view source, const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat(source, ": ", error.message()));
}

namespace {

// Whether the descriptor is the file: standard output may be a file that is named as an output.
bool IsOpenAs(int descriptor, const struct stat& file) {
  struct stat open_file {};
  return fstat(descriptor, &open_file) == 0 && AreOfTheSameFile(open_file, file);
}

absl::Status WriteDirectly(absl::string_view bytes, const std::string& path) {
  // Without O_NONBLOCK, a named pipe would block until it is read.
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
  if (file < 0) return SystemError("write", path);
  absl::Cleanup close_file = [file] { close(file); };
  const int flags = fcntl(file, F_GETFL);
  if (flags < 0 || fcntl(file, F_SETFL, flags & ~O_NONBLOCK) != 0) return SystemError("write", path);
  EBM_RETURN_IF_ERROR(WriteAll(file, bytes, path));
  std::move(close_file).Cancel();
  return close(file) == 0 ? absl::OkStatus() : SystemError("close", path);
}

}  // namespace

absl::Status WriteFileBytes(absl::string_view bytes, const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) {
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
      if (!IsOpenAs(stream, info)) continue;
      std::cout.flush();
      return WriteAll(stream, bytes, path);
    }
    if (!S_ISREG(info.st_mode)) return WriteDirectly(bytes, path);
  }
  if (!CheckReplaceable(path).ok()) return WriteDirectly(bytes, path);
  const absl::Status replaced = WriteFileAtomically(bytes, path);
  return absl::IsPermissionDenied(replaced) ? WriteDirectly(bytes, path) : replaced;
}

}  // namespace ebm

#include "model/io/system_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "absl/strings/str_cat.h"

namespace ebm {

absl::Status SystemError(absl::string_view step, const std::string& path) {
  const absl::Status status = absl::ErrnoToStatus(errno, absl::StrCat("cannot ", step, " ", path));
  // What another path would correct; Abseil does not know these.
  const bool is_path = errno == ELOOP || errno == ENXIO || errno == EISDIR || errno == ENOTDIR;
  return is_path ? absl::InvalidArgumentError(status.message()) : status;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Process ids would not do: in containers, several writers have the same.
absl::StatusOr<TemporaryFile> CreateTemporary(const std::string& path) {
  std::random_device random;
  for (;;) {
    TemporaryFile file = {.path = absl::StrCat(path, ".tmp-", absl::Hex(random(), absl::kZeroPad8)), .descriptor = -1};
    file.descriptor = open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file.descriptor >= 0) return file;
    if (errno != EEXIST) return SystemError("create", file.path);
  }
}

bool AreOfTheSameFile(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

absl::Status WriteAll(int file, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("write", path);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

}  // namespace ebm

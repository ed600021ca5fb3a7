#include "model/io/system_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "absl/cleanup/cleanup.h"
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

// Some file systems cannot (CIFS, FUSE), and a folder that may be written but not read cannot be opened; the file
// itself is whole by then.
absl::Status SyncFolder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno == EACCES ? absl::OkStatus() : SystemError("open", folder);
  const absl::Cleanup close_folder = [descriptor] { close(descriptor); };
  if (fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP) return absl::OkStatus();
  return SystemError("sync", folder);
}

void TakeAttributes(const std::string& from, int to) {
  struct stat info {};
  if (stat(from.c_str(), &info) != 0) return;
  [[maybe_unused]] const int owner_set = fchown(to, info.st_uid, info.st_gid);
  fchmod(to, info.st_mode & 07777);
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

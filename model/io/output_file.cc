#include "model/io/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

// Empty if there is no file.
absl::StatusOr<std::optional<mode_t>> ModeOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) return info.st_mode;
  if (errno == ENOENT) return std::nullopt;
  return SystemError("write", path);
}

absl::Status RefuseFolder(const std::string& path, const std::optional<mode_t>& mode) {
  if (!mode || !S_ISDIR(*mode)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": it is a folder"));
}

absl::Status CheckAccess(const std::string& path) {
  return access(path.c_str(), W_OK) == 0 ? absl::OkStatus() : SystemError("write", path);
}

}  // namespace

bool IsMountPoint(const std::string& path) {
  struct statx info {};
  return statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS, &info) == 0 &&
         (info.stx_attributes_mask & info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

absl::StatusOr<std::string> TargetOf(const std::string& path) {
  std::string target = path;
  for (int links = 0; links <= kMostLinks; ++links) {
    std::array<char, PATH_MAX> content;
    const ssize_t size = readlink(target.c_str(), content.data(), content.size());
    if (size < 0 && (errno == EINVAL || errno == ENOENT)) return target;  // no link, or nothing there
    if (size < 0) return SystemError("write", path);
    const std::string next(content.data(), static_cast<size_t>(size));
    target = next.starts_with('/') ? next : absl::StrCat(FolderOf(target), "/", next);
  }
  errno = ELOOP;
  return SystemError("write", path);
}

absl::Status CheckReplaceable(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string target, TargetOf(path));
  EBM_ASSIGN_OR_RETURN(const std::optional<mode_t> mode, ModeOf(target));
  EBM_RETURN_IF_ERROR(RefuseFolder(path, mode));
  if (mode && !S_ISREG(*mode)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": it is a device or a pipe, not a file"));
  }
  if (IsMountPoint(target)) return CheckAccess(path);
  EBM_ASSIGN_OR_RETURN(const TemporaryFile temporary, CreateTemporary(target));
  close(temporary.descriptor);
  unlink(temporary.path.c_str());
  return absl::OkStatus();
}

absl::Status CheckWritable(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string target, TargetOf(path));
  EBM_ASSIGN_OR_RETURN(const std::optional<mode_t> mode, ModeOf(target));
  EBM_RETURN_IF_ERROR(RefuseFolder(path, mode));
  if (mode) return CheckAccess(path);
  const int file = open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return errno == EEXIST ? CheckAccess(path) : SystemError("create", path);
  close(file);
  unlink(target.c_str());
  return absl::OkStatus();
}

}  // namespace ebm

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

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

absl::Status RefuseDash(const std::string& path) {
  if (path != "-") return absl::OkStatus();
  return absl::InvalidArgumentError("cannot write -: standard output is /dev/stdout");
}

bool IsDeviceOrPipe(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

// Files that are missing are the same if they would have the same name in the same folder.
bool AreTheSame(const std::string& a, const std::string& b) {
  struct stat info_a {};
  struct stat info_b {};
  const bool a_is_there = stat(a.c_str(), &info_a) == 0;
  const bool b_is_there = stat(b.c_str(), &info_b) == 0;
  if (a_is_there != b_is_there) return false;
  if (a_is_there) return AreOfTheSameFile(info_a, info_b);
  const absl::StatusOr<std::string> target_a = TargetOf(a);
  const absl::StatusOr<std::string> target_b = TargetOf(b);
  return target_a.ok() && target_b.ok() && NameOf(*target_a) == NameOf(*target_b) &&
         AreTheSame(FolderOf(*target_a), FolderOf(*target_b));
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

absl::Status CheckApart(const std::vector<std::string>& inputs, const std::vector<std::string>& outputs) {
  std::vector<std::string> taken = inputs;
  for (const std::string& output : outputs) {
    if (IsDeviceOrPipe(output)) continue;
    for (const std::string& other : taken) {
      if (other.empty() || !AreTheSame(output, other)) continue;
      return absl::InvalidArgumentError(absl::StrCat("cannot write ", output, ": it would overwrite ", other));
    }
    taken.push_back(output);
  }
  return absl::OkStatus();
}

absl::Status CheckReplaceable(const std::string& path) {
  EBM_RETURN_IF_ERROR(RefuseDash(path));
  EBM_ASSIGN_OR_RETURN(const std::optional<mode_t> mode, ModeOf(path));
  EBM_RETURN_IF_ERROR(RefuseFolder(path, mode));
  if (mode && !S_ISREG(*mode)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", path, ": it is a device or a pipe, not a file"));
  }
  EBM_ASSIGN_OR_RETURN(const std::string target, TargetOf(path));
  if (IsMountPoint(target)) return CheckAccess(path);
  EBM_ASSIGN_OR_RETURN(const TemporaryFile temporary, CreateTemporary(target));
  close(temporary.descriptor);
  unlink(temporary.path.c_str());
  return absl::OkStatus();
}

absl::Status CheckWritable(const std::string& path) {
  EBM_RETURN_IF_ERROR(RefuseDash(path));
  EBM_ASSIGN_OR_RETURN(const std::optional<mode_t> mode, ModeOf(path));
  EBM_RETURN_IF_ERROR(RefuseFolder(path, mode));
  if (mode) return CheckAccess(path);
  EBM_ASSIGN_OR_RETURN(const std::string target, TargetOf(path));
  const int file = open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return errno == EEXIST ? CheckAccess(path) : SystemError("create", path);
  close(file);
  unlink(target.c_str());
  return absl::OkStatus();
}

}  // namespace ebm

#include "model/repository/version_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/system_file.h"

namespace ebm {

VersionLock::~VersionLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status VersionLock::Lock(int how, const std::string& path) const {
  if (flock(descriptor_, how | LOCK_NB) == 0) return absl::OkStatus();
  if (errno == EWOULDBLOCK) return absl::FailedPreconditionError(absl::StrCat(path, ": locked by another program"));
  if (errno == ENOSYS || errno == ENOTSUP || errno == ENOLCK || errno == EBADF) {  // EBADF: NFS, the wrong kind of open
    return absl::UnimplementedError(absl::StrCat(path, ": the file system has no locks"));
  }
  return SystemError("lock", path);
}

absl::StatusOr<VersionLock> VersionLock::Share(const std::string& path) {
  VersionLock lock(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (lock.descriptor_ < 0) return SystemError("open", path);
  const absl::Status status = lock.Lock(LOCK_SH, path);
  if (absl::IsUnimplemented(status)) return VersionLock();
  if (absl::IsFailedPrecondition(status)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": is being removed"));
  }
  EBM_RETURN_IF_ERROR(status);
  return lock;
}

// NFS has exclusive locks only on files that are open for writing.
absl::StatusOr<VersionLock> VersionLock::Claim(const std::string& path) {
  VersionLock lock(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (lock.descriptor_ < 0) return SystemError("open", path);
  const absl::Status status = lock.Lock(LOCK_EX, path);
  if (absl::IsUnimplemented(status)) return absl::FailedPreconditionError(status.message());
  if (absl::IsFailedPrecondition(status)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": a server has it loaded"));
  }
  EBM_RETURN_IF_ERROR(status);
  return lock;
}

}  // namespace ebm

// Keeps publishers from removing a version that a server has loaded: a shared lock on the version's file while it is
// loaded, an exclusive one while it is removed. The kernel releases locks when their program ends in any way.
//
// Source: flock(2). Over NFS, locks hold between machines if the server does locks and the volume is not mounted with
// local_lock; other network file systems may have none. Then nobody can tell what is loaded elsewhere, and a version
// cannot be claimed.
//
// Threads: a lock belongs to one object, which is movable.

#ifndef EBM_MODEL_REPOSITORY_VERSION_LOCK_H_
#define EBM_MODEL_REPOSITORY_VERSION_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ebm {

class VersionLock {
 public:
  // Any number of programs can share the file. FailedPrecondition if it is being removed; otherwise the operating
  // system's errors. Holds nothing where there are no locks.
  static absl::StatusOr<VersionLock> Share(const std::string& path);

  // For removing the file. FailedPrecondition if anybody shares it or if there are no locks.
  static absl::StatusOr<VersionLock> Claim(const std::string& path);

  VersionLock() = default;  // holds nothing
  VersionLock(VersionLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  VersionLock& operator=(VersionLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~VersionLock();

 private:
  explicit VersionLock(int descriptor) : descriptor_(descriptor) {}
  absl::Status Lock(int how, const std::string& path) const;

  int descriptor_ = -1;
};

}  // namespace ebm

#endif  // EBM_MODEL_REPOSITORY_VERSION_LOCK_H_

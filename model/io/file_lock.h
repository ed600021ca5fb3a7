// Lets one program at a time write a set of files: a lock on a file of its own, which the kernel releases when the
// program ends in any way.
//
// Source: flock(2). Over NFS it holds between machines as well, if the server does locks. On a file system without
// locks, everybody gets one.
//
// Threads: a lock belongs to one object, which is movable.

#ifndef EBM_MODEL_IO_FILE_LOCK_H_
#define EBM_MODEL_IO_FILE_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace ebm {

class FileLock {
 public:
  // Creates the file if it is missing. Errors: FailedPrecondition if another program has the lock; the operating
  // system's.
  static absl::StatusOr<FileLock> Acquire(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  // Removes the file.
  ~FileLock();

 private:
  FileLock(std::string path, int descriptor);

  std::string path_;
  int descriptor_;  // -1: moved away
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_FILE_LOCK_H_

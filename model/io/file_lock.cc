#include "model/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

// Whether the open file is still the one at the path: the program that had the lock before has removed its file.
bool IsAt(const std::string& path, int descriptor) {
  struct stat open_file {};
  struct stat at_path {};
  return fstat(descriptor, &open_file) == 0 && stat(path.c_str(), &at_path) == 0 &&
         AreOfTheSameFile(open_file, at_path);
}

// Some network and user-space file systems have no locks.
bool IsUnsupported(int error) { return error == ENOSYS || error == ENOTSUP || error == ENOLCK; }

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& path) {
  for (;;) {
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return SystemError("create", path);
    FileLock lock(path, descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      close(std::exchange(lock.descriptor_, -1));  // the file is the other program's
      errno = error;
      if (IsUnsupported(error)) return FileLock("", -1);
      if (error != EWOULDBLOCK) return SystemError("lock", path);
      return absl::FailedPreconditionError(absl::StrCat(path, ": another program has this lock"));
    }
    if (IsAt(path, descriptor)) return lock;
    close(std::exchange(lock.descriptor_, -1));
  }
}

FileLock::FileLock(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  unlink(path_.c_str());  // before the lock is released, so that nobody else's file is removed
  close(descriptor_);
}

}  // namespace ebm

#include "model/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/output_file.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

absl::Status Sync(int file, const std::string& path) {
  return fsync(file) == 0 ? absl::OkStatus() : SystemError("sync", path);
}

absl::Status WriteSynced(absl::string_view bytes, int file, const std::string& path) {
  const absl::Cleanup close_file = [file] { close(file); };  // after fsync, close cannot report a lost write
  EBM_RETURN_IF_ERROR(WriteAll(file, bytes, path));
  return Sync(file, path);
}

// A whole file beside `path`, with its attributes; returns where it is.
absl::StatusOr<std::string> WriteCopy(absl::string_view bytes, const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const TemporaryFile copy, CreateTemporary(path));
  TakeAttributes(path, copy.descriptor);
  const absl::Status status = WriteSynced(bytes, copy.descriptor, copy.path);
  if (status.ok()) return copy.path;
  unlink(copy.path.c_str());
  return status;
}

// For a mount point. If it fails, the copy stays, if there is one.
absl::Status WriteInPlace(absl::string_view bytes, const std::string& path, const absl::StatusOr<std::string>& copy) {
  const int file = open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  absl::Status status = file < 0 ? SystemError("write", path) : WriteSynced(bytes, file, path);
  if (!copy.ok()) return status;
  if (status.ok()) {
    unlink(copy->c_str());
    return status;
  }
  return absl::Status(status.code(), absl::StrCat(status.message(), "; ", *copy, " holds the whole file"));
}

}  // namespace

absl::Status WriteFileAtomically(absl::string_view bytes, const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string target, TargetOf(path));
  const absl::StatusOr<std::string> copy = WriteCopy(bytes, target);
  if (IsMountPoint(target)) return WriteInPlace(bytes, target, copy);
  if (!copy.ok()) return copy.status();
  if (rename(copy->c_str(), target.c_str()) == 0) return SyncFolder(FolderOf(target));
  if (errno == EBUSY) return WriteInPlace(bytes, target, copy);  // a mount point that an older kernel does not tell
  const absl::Status error = SystemError("replace", path);
  unlink(copy->c_str());
  return error;
}

}  // namespace ebm

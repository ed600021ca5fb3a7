#include "model/io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/system_file.h"

namespace ebm {
namespace {

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status Sync(int file, const std::string& path) {
  return fsync(file) == 0 ? absl::OkStatus() : SystemError("sync", path);
}

struct TemporaryFile {
  std::string path;
  int descriptor;
};

// Process ids would not do: in containers, several writers have the same.
absl::StatusOr<TemporaryFile> CreateTemporary(const std::string& path) {
  std::random_device random;
  for (;;) {
    TemporaryFile file = {.path = absl::StrCat(path, ".tmp-", absl::Hex(random(), absl::kZeroPad8))};
    file.descriptor = open(file.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file.descriptor >= 0) return file;
    if (errno != EEXIST) return SystemError("create", file.path);
  }
}

absl::Status WriteSynced(absl::string_view bytes, int file, const std::string& path) {
  const absl::Cleanup close_file = [file] { close(file); };  // after fsync, close cannot report a lost write
  EBM_RETURN_IF_ERROR(WriteAll(file, bytes, path));
  return Sync(file, path);
}

// Makes a rename in the folder durable.
absl::Status SyncFolder(const std::string& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return SystemError("open", path);
  const absl::Cleanup close_folder = [folder] { close(folder); };
  return Sync(folder, path);
}

}  // namespace

absl::Status WriteFileAtomically(absl::string_view bytes, const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const TemporaryFile temporary, CreateTemporary(path));
  absl::Cleanup remove_temporary = [&temporary] { unlink(temporary.path.c_str()); };
  EBM_RETURN_IF_ERROR(WriteSynced(bytes, temporary.descriptor, temporary.path));
  if (rename(temporary.path.c_str(), path.c_str()) != 0) return SystemError("replace", path);
  std::move(remove_temporary).Cancel();
  return SyncFolder(FolderOf(path));
}

}  // namespace ebm

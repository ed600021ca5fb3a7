// Helpers of the functions that read and write files.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_IO_SYSTEM_FILE_H_
#define EBM_MODEL_IO_SYSTEM_FILE_H_

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

// "cannot <step> <path>: <reason>", with the code and the reason of errno.
absl::Status SystemError(absl::string_view step, const std::string& path);

// The folder that the path is in; "." for a bare name.
std::string FolderOf(const std::string& path);

struct TemporaryFile {
  std::string path;
  int descriptor;  // open for writing
};

// Creates `path`.tmp-<random number>, a file that no other writer has.
absl::StatusOr<TemporaryFile> CreateTemporary(const std::string& path);

// Makes a rename in the folder durable, where its file system can.
absl::Status SyncFolder(const std::string& folder);

// Gives an open file the mode of the one at `from`, and its owner where that is permitted. Nothing if there is none.
void TakeAttributes(const std::string& from, int to);

// Whether both are of the same file, whatever the names that they were found by.
bool AreOfTheSameFile(const struct stat& a, const struct stat& b);

// Writes all bytes to an open file, also where the system takes them in parts. `path` names the file in errors.
absl::Status WriteAll(int file, absl::string_view bytes, const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_IO_SYSTEM_FILE_H_

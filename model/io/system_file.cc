#include "model/io/system_file.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace ebm {

absl::Status SystemError(absl::string_view step, const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", step, " ", path));
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

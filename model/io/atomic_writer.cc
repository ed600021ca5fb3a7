#include "model/io/atomic_writer.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/output_file.h"
#include "model/io/system_file.h"

namespace ebm {

absl::StatusOr<AtomicWriter> AtomicWriter::Create(const std::string& path) {
  EBM_RETURN_IF_ERROR(CheckReplaceable(path));
  EBM_ASSIGN_OR_RETURN(std::string target, TargetOf(path));
  if (IsMountPoint(target)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot replace ", path, ": it is a mount point; mount its folder"));
  }
  EBM_ASSIGN_OR_RETURN(TemporaryFile temporary, CreateTemporary(target));
  TakeAttributes(target, temporary.descriptor);
  return AtomicWriter(std::move(target), std::move(temporary.path), temporary.descriptor);
}

AtomicWriter::AtomicWriter(AtomicWriter&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, "")),
      descriptor_(std::exchange(other.descriptor_, -1)),
      bytes_(other.bytes_),
      digest_(std::move(other.digest_)) {}

AtomicWriter::~AtomicWriter() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

absl::Status AtomicWriter::Append(absl::string_view bytes) {
  EBM_RETURN_IF_ERROR(WriteAll(descriptor_, bytes, temporary_));
  digest_.Update(bytes);
  bytes_ += bytes.size();
  return absl::OkStatus();
}

absl::Status AtomicWriter::Restart() {
  if (ftruncate(descriptor_, 0) != 0) return SystemError("shorten", temporary_);
  if (lseek(descriptor_, 0, SEEK_SET) < 0) return SystemError("seek in", temporary_);
  digest_ = Sha256();
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status AtomicWriter::Commit() {
  if (fsync(descriptor_) != 0) return SystemError("sync", temporary_);
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) return SystemError("replace", target_);
  temporary_.clear();
  return SyncFolder(FolderOf(target_));
}

}  // namespace ebm

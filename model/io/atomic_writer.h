// Replaces a file by bytes that come in parts, so that readers see either the old or the new file whole
// (atomic_file.h, for files that fit into memory). The bytes are written beside it, and the digest is computed on the
// way.
//
// A file that is a mount point cannot be replaced: Create refuses it.
//
// Errors: the operating system's, with the step that failed; InvalidArgument for what is no regular file.
//
// Threads: one at a time.

#ifndef EBM_MODEL_IO_ATOMIC_WRITER_H_
#define EBM_MODEL_IO_ATOMIC_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/digest.h"

namespace ebm {

class AtomicWriter {
 public:
  static absl::StatusOr<AtomicWriter> Create(const std::string& path);

  AtomicWriter(AtomicWriter&& other) noexcept;
  AtomicWriter& operator=(AtomicWriter&&) = delete;
  ~AtomicWriter();  // removes the bytes unless they were committed

  absl::Status Append(absl::string_view bytes);
  absl::Status Restart();  // as after Create

  uint64_t bytes() const { return bytes_; }
  std::string Sha256Hex() const { return digest_.Hex(); }

  // Syncs the bytes and gives them their name. Nothing may be called after it.
  absl::Status Commit();

 private:
  AtomicWriter(std::string target, std::string temporary, int descriptor)
      : target_(std::move(target)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

  std::string target_;
  std::string temporary_;  // empty: committed or moved away
  int descriptor_;         // -1: moved away
  uint64_t bytes_ = 0;
  Sha256 digest_;
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_ATOMIC_WRITER_H_

// Any bytes read as a checkpoint are rejected, or read and written again without loss.

#include "model/checkpoint/checkpoint.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::Checkpoint> checkpoint = ebm::ParseCheckpoint(bytes);
  if (!checkpoint.ok()) {
    ebm::Check(!checkpoint.status().message().empty(), "an error says why");
    return 0;
  }
  const std::string canonical = ebm::SerializeCheckpoint(*checkpoint);
  const absl::StatusOr<ebm::Checkpoint> again = ebm::ParseCheckpoint(canonical);
  ebm::Check(again.ok() && *again == *checkpoint, "written again, it reads the same");
  ebm::Check(ebm::SerializeCheckpoint(*again) == canonical, "equal checkpoints have equal bytes");
  return 0;
}

// The C++ side of open_with_python.py.
//
//   rewrite_checkpoint OUTPUT          writes the small checkpoint of the tests
//   rewrite_checkpoint table OUTPUT    the same for that of a table
//   rewrite_checkpoint INPUT OUTPUT    reads a checkpoint and writes it again

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/status_macros.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace {

absl::Status Rewrite(const char* input, const char* output) {
  EBM_ASSIGN_OR_RETURN(const ebm::Checkpoint checkpoint, ebm::ReadCheckpoint(input));
  return ebm::WriteCheckpoint(checkpoint, output);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  const std::string first = argv[1];
  absl::Status status;
  if (argc == 2) {
    status = ebm::WriteCheckpoint(ebm::SmallCheckpoint(), first);
  } else if (first == "table") {
    status = ebm::WriteCheckpoint(ebm::SmallTable(), argv[2]);
  } else {
    status = Rewrite(argv[1], argv[2]);
  }
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}

// For a program that works on a checkpoint for a long time and then writes its result into the file. Meanwhile other
// programs may have written their results to it, or a trainer a new model.

#ifndef EBM_MODEL_CHECKPOINT_REFRESH_H_
#define EBM_MODEL_CHECKPOINT_REFRESH_H_

#include <string>

#include "absl/status/status.h"
#include "model/checkpoint/checkpoint.h"

namespace ebm {

// Replaces `checkpoint`, which was read from `path` earlier, by what the file holds now. Errors: those of
// ReadCheckpoint; FailedPrecondition if spec or tensors have changed.
absl::Status RefreshUnlessRetrained(const std::string& path, Checkpoint& checkpoint);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_REFRESH_H_

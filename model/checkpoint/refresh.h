// For a program that works long on a checkpoint and then writes its result into the file: meanwhile other programs may
// have written theirs, or a trainer a new model.

#ifndef EBM_MODEL_CHECKPOINT_REFRESH_H_
#define EBM_MODEL_CHECKPOINT_REFRESH_H_

#include <string>

#include "absl/status/status.h"
#include "model/checkpoint/checkpoint.h"

namespace ebm {

// Makes `checkpoint`, read from `path` before, what the file holds now. Errors: those of ReadCheckpoint;
// FailedPrecondition where spec or tensors are others by now.
absl::Status RefreshUnlessRetrained(const std::string& path, Checkpoint& checkpoint);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_REFRESH_H_

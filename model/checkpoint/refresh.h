// Several programs write to one checkpoint: a trainer the model, others their results on it. These functions keep
// what the others wrote, as long as it is about the same model.

#ifndef EBM_MODEL_CHECKPOINT_REFRESH_H_
#define EBM_MODEL_CHECKPOINT_REFRESH_H_

#include <string>

#include "absl/status/status.h"
#include "model/checkpoint/checkpoint.h"

namespace ebm {

// The beginning of the names that a report's figures have in `evaluation`, and its data in `provenance.settings`.
inline constexpr char kReportPrefix[] = "report_";

// For a program that works on a checkpoint for a long time and then adds its result. Replaces `checkpoint`, which was
// read from `path` earlier, by what the file holds now. Errors: those of ReadCheckpoint; FailedPrecondition if spec or
// tensors have changed.
absl::Status RefreshUnlessRetrained(const std::string& path, Checkpoint& checkpoint);

// For a trainer, which writes the file anew. Adds to `checkpoint` what other programs have written to the file at
// `path`, ln Z and the last report's figures, if spec and tensors are the same. A file that cannot be read has nothing
// to keep.
void KeepResultsOfOthers(const std::string& path, Checkpoint& checkpoint);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_REFRESH_H_

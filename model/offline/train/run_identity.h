// The identity of a run: what a resumed run must share with the one that it resumes, and ranks with each other.

#ifndef EBM_MODEL_OFFLINE_TRAIN_RUN_IDENTITY_H_
#define EBM_MODEL_OFFLINE_TRAIN_RUN_IDENTITY_H_

#include "absl/status/status.h"
#include "model/offline/parallel/process_group.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"
#include "model/offline/train/training_state.h"

namespace ebm {

// All settings that affect the numbers; the length of the run may change.
RunIdentity IdentityOf(const RunOptions& options, const TrainingData& data);

// Whether all ranks train on the same data with the same settings. Errors: FailedPrecondition on a rank whose settings
// are not those of rank 0, with the first that differs; those of ProcessGroup.
absl::Status CheckSameRun(ProcessGroup& group, const RunIdentity& identity);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_RUN_IDENTITY_H_

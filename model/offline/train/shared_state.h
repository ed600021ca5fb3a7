// The training state of rank 0 on all ranks.

#ifndef EBM_MODEL_OFFLINE_TRAIN_SHARED_STATE_H_
#define EBM_MODEL_OFFLINE_TRAIN_SHARED_STATE_H_

#include "absl/status/status.h"
#include "model/offline/parallel/process_group.h"
#include "model/offline/train/training_state.h"

namespace ebm {

// Replaces the state by that of rank 0. REQUIRES: all ranks' states are of one model, by InitialState or LoadState.
// Errors: those of ProcessGroup.
absl::Status ShareState(ProcessGroup& group, TrainingState& state);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_SHARED_STATE_H_

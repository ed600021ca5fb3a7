// The checkpoint that a training run writes: the kept weights, where they come from, how good they are, and what
// serving needs besides them.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINING_RESULT_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINING_RESULT_H_

#include <optional>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/offline/train/cross_fit.h"
#include "model/offline/train/reporter.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_run.h"

namespace ebm {

// held_out: what the model is calibrated on; unset: the class temperature on the validation rows, p-values on the
// calibration rows. The reporter says why the model could
// not be calibrated, which is no error. Errors: those of MakeEnergyModel. REQUIRES: the trainer has kept weights.
absl::StatusOr<Checkpoint> MakeCheckpoint(const RunOptions& options, const Trainer& trainer,
                                          const std::optional<HeldOutRows>& held_out, Reporter& reporter);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINING_RESULT_H_

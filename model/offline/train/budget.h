// How many epochs fit into a time, from a probe before training begins: a few epochs on part of the rows. The number is
// part of the run's settings, so that the run can be repeated on any machine (--epochs).
//
// Threads: one caller, and the trainer's.

#ifndef EBM_MODEL_OFFLINE_TRAIN_BUDGET_H_
#define EBM_MODEL_OFFLINE_TRAIN_BUDGET_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"

namespace ebm {

struct Budget {
  double seconds_per_epoch = 0;  // measured
  int64_t epochs = 1;            // that fit, at most the recipe's max_epochs
};

// Errors: those of FitBase and of the trainer.
absl::StatusOr<Budget> EpochsWithin(double minutes, const RunOptions& options, const TrainingData& data);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_BUDGET_H_

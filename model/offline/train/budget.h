// How many epochs fit into a time, from a probe before training begins: a few epochs on part of the rows. The number is
// part of the run's settings, so that the run can be repeated on any machine (--epochs).
//
// Threads: one caller, and the trainer's.

#ifndef EBM_MODEL_OFFLINE_TRAIN_BUDGET_H_
#define EBM_MODEL_OFFLINE_TRAIN_BUDGET_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"

namespace ebm {

struct Budget {
  double seconds_per_epoch = 0;  // measured; 0: not known
  int64_t epochs = 1;            // that fit, at most the recipe's max_epochs
};

// If training on the part of the rows diverges, the time is not known, and the recipe's epochs are kept. Errors: those
// of MakeTask; Cancelled.
absl::StatusOr<Budget> EpochsWithin(double minutes, const RunOptions& options, const TrainingData& data,
                                    const std::function<bool()>& stop_requested);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_BUDGET_H_

// Logits of rows by models that did not see them: the training and validation rows are dealt into folds, each class
// evenly, and for each fold a model is trained as in the run, on the rows of the others. The class temperature of a
// small table, fitted on all of these logits, is much less due to chance than one fitted on a tenth of the rows.
//
// Threads: one caller, and the trainer's.

#ifndef EBM_MODEL_OFFLINE_TRAIN_CROSS_FIT_H_
#define EBM_MODEL_OFFLINE_TRAIN_CROSS_FIT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/matrix_view.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"

namespace ebm {

struct HeldOutLogits {
  MatrixBuffer logits;          // [n, K]
  std::vector<int32_t> labels;  // [n]
};

// options.recipe.calibration_folds folds. Errors: those of MakeTask and of the trainer; Cancelled by the observer.
absl::StatusOr<HeldOutLogits> CrossFit(const RunOptions& options, const TrainingData& data, EpochObserver& observer);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_CROSS_FIT_H_

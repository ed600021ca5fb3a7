// A model's outputs for rows that it did not see: the training and validation rows are dealt into folds, each class
// evenly, and for each fold a model is trained as in the run, on the rows of the others.
//
// Small tables are calibrated on them. The class temperature is then fitted on all rows, where a tenth of them would
// leave it to chance. p-values are computed from the scores of all rows (cross-conformal prediction; Vovk 2015,
// "Cross-conformal predictors", Annals of Mathematics and Artificial Intelligence 74): the smallest is 1 / (n + 1) with
// n the number of rows. The
// guarantee of a separate calibration set is exact, this one approximate: the folds' models differ from the one that is
// served, and the shrinkage of their base densities is chosen on the rows that they hold out.
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
#include "model/scoring/outlier_score.h"

namespace ebm {

struct HeldOutRows {
  ScoredRows scored() const { return {logits.view(), log_density, log_ratio}; }

  MatrixBuffer logits;             // [n, K]
  std::vector<float> log_density;  // [n], ln p~
  std::vector<float> log_ratio;    // [n], ln p~ - ln b; empty for a model without a base density
  std::vector<int32_t> labels;     // [n]
};

// options.recipe.calibration_folds folds. Errors: those of MakeTask and of the trainer; Cancelled by the observer.
absl::StatusOr<HeldOutRows> CrossFit(const RunOptions& options, const TrainingData& data, EpochObserver& observer);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_CROSS_FIT_H_

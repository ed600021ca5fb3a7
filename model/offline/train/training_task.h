// What a run trains: the model's description, its base density fitted to the rows, and the draws of missing values.
//
// Threads: reentrant; LibTorch computes on one (process_settings.h).

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINING_TASK_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINING_TASK_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"
#include "model/spec/model_spec.h"

namespace ebm {

ModelSpec SpecOf(const Recipe& recipe, const TrainingData& data);

// Whether there is such a model and it has the recipe's objective. Errors: those of ModelSpec::Validate and
// CheckObjective.
absl::Status CheckModel(const Recipe& recipe, const TrainingData& data);

// `data` outlives the task. Rows with missing values are completed in `completed`, which then outlives it, too. Errors:
// those of CheckModel and of FitBase; InvalidArgument for a class without rows that needs a Gaussian of its
// own.
absl::StatusOr<TrainingTask> MakeTask(const Recipe& recipe, uint64_t seed, const TrainingData& data,
                                      TrainingData& completed);

// A trainer at the beginning of a run on this data, with the run's recipe and threads. Errors: those of MakeTask.
absl::StatusOr<std::unique_ptr<Trainer>> MakeTrainer(const RunOptions& options, uint64_t seed, const TrainingData& data,
                                                     TrainingData& completed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINING_TASK_H_

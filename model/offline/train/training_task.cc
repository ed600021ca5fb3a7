#include "model/offline/train/training_task.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/offline/train/base_fit.h"
#include "model/offline/train/missing_values.h"
#include "model/offline/train/training_state.h"

namespace ebm {
namespace {

// A class without rows has no Gaussian.
absl::Status CheckEveryClassHasRows(const TrainingData& data) {
  std::vector<int64_t> rows(data.class_labels.size());
  for (const int32_t label : data.train.labels) ++rows[static_cast<size_t>(label)];
  const auto empty = std::ranges::find(rows, 0);
  if (empty == rows.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("class ", data.class_labels[empty - rows.begin()],
                                                 " has no training row, and so no Gaussian; --base=gaussian has one "
                                                 "for all classes"));
}

}  // namespace

ModelSpec SpecOf(const Recipe& recipe, const TrainingData& data) {
  return {.input_shape = data.input_shape,
          .network = recipe.network(),
          .activation = recipe.activation,
          .class_labels = data.class_labels,
          .columns = data.columns,
          .base = recipe.base,
          .base_evidence = recipe.base_evidence};
}

absl::Status CheckModel(const Recipe& recipe, const TrainingData& data) {
  const ModelSpec spec = SpecOf(recipe, data);
  EBM_RETURN_IF_ERROR(spec.Validate());
  return CheckObjective(recipe.objective, spec);
}

absl::StatusOr<TrainingTask> MakeTask(const Recipe& recipe, uint64_t seed, const TrainingData& data,
                                      TrainingData& completed) {
  EBM_RETURN_IF_ERROR(CheckModel(recipe, data));
  TrainingTask task{.spec = SpecOf(recipe, data), .recipe = recipe, .data = &data};
  if (recipe.base == kClassGaussiansBase) EBM_RETURN_IF_ERROR(CheckEveryClassHasRows(data));
  if (!HasMissing(data)) {
    EBM_ASSIGN_OR_RETURN(BaseFit base, FitBase(task.spec, data.train, data.validation, seed));
    task.base = std::move(base.tensors);
    return task;
  }
  if (task.spec.base.empty()) {
    return absl::InvalidArgumentError("the rows have missing values, which need a recipe with a base density");
  }
  EBM_ASSIGN_OR_RETURN(BaseFit base, FitBaseWithGaps(task.spec, data, seed));
  EBM_ASSIGN_OR_RETURN(completed, CompletedData(task.spec, base, data, seed));
  task.gaps = RowGaps(&data.train);
  task.data = &completed;
  task.base = std::move(base.tensors);
  return task;
}

absl::StatusOr<std::unique_ptr<Trainer>> MakeTrainer(const RunOptions& options, uint64_t seed, const TrainingData& data,
                                                     TrainingData& completed) {
  EBM_ASSIGN_OR_RETURN(TrainingTask task, MakeTask(options.recipe, seed, data, completed));
  TrainingState state = InitialState(task.spec, options.recipe, seed, task.base);
  return Trainer::Create(std::move(task), std::move(state), {.threads = options.threads});
}

}  // namespace ebm

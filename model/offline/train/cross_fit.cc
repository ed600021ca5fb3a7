#include "model/offline/train/cross_fit.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/offline/train/row_order.h"
#include "model/offline/train/run_seeds.h"
#include "model/offline/train/training_state.h"
#include "model/offline/train/training_task.h"

namespace ebm {
namespace {

LabelledData Concatenated(const LabelledData& first, const LabelledData& second) {
  std::vector<float> values = first.rows.values();
  values.insert(values.end(), second.rows.values().begin(), second.rows.values().end());
  LabelledData all = {
      .rows = MatrixBuffer(std::move(values), first.rows.rows() + second.rows.rows(), first.rows.cols()),
      .labels = first.labels};
  all.labels.insert(all.labels.end(), second.labels.begin(), second.labels.end());
  return all;
}

std::vector<int64_t> FoldsOf(const LabelledData& data, int64_t classes, int64_t folds, uint64_t seed) {
  std::vector<int64_t> seen(static_cast<size_t>(classes));
  std::vector<int64_t> fold_of(data.labels.size());
  for (const int64_t row : HoldOutOrder(seed, data.rows.rows())) {
    fold_of[row] = seen[static_cast<size_t>(data.labels[row])]++ % folds;
  }
  return fold_of;
}

TrainingData Without(int64_t fold, const std::vector<int64_t>& fold_of, const LabelledData& rows,
                     const TrainingData& data) {
  std::vector<int64_t> kept;
  std::vector<int64_t> held_out;
  for (int64_t i = 0; i < std::ssize(fold_of); ++i) (fold_of[i] == fold ? held_out : kept).push_back(i);
  TrainingData part = {.input_shape = data.input_shape, .class_labels = data.class_labels, .columns = data.columns};
  part.train = TakeRows(rows, kept);
  part.validation = TakeRows(rows, held_out);
  return part;
}

absl::StatusOr<HeldOutLogits> LogitsOfFold(const RunOptions& options, uint64_t seed, const TrainingData& part,
                                           EpochObserver& observer) {
  TrainingData completed;
  EBM_ASSIGN_OR_RETURN(TrainingTask task, MakeTask(options.recipe, seed, part, completed));
  TrainingState state = InitialState(task.spec, options.recipe, seed);
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer,
                       Trainer::Create(std::move(task), std::move(state), options.threads));
  while (trainer->state().epochs_done < options.recipe.max_epochs) {
    EBM_RETURN_IF_ERROR(trainer->RunEpoch(observer).status());
  }
  const TrainingTask& done = trainer->task();
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model,
                       MakeEnergyModel(done.spec, trainer->WithBase(trainer->state().best)));
  const LabelledData& held_out = done.data->validation;
  HeldOutLogits result = {.logits = MatrixBuffer(held_out.rows.rows(), done.spec.num_classes()),
                          .labels = held_out.labels};
  std::vector<float> log_density(held_out.labels.size());
  model->class_logits()->Logits(held_out.rows.view(), result.logits.view(), log_density);
  return result;
}

}  // namespace

absl::StatusOr<HeldOutLogits> CrossFit(const RunOptions& options, const TrainingData& data, EpochObserver& observer) {
  const int64_t folds = options.recipe.calibration_folds;
  const LabelledData rows = Concatenated(data.train, data.validation);
  const auto classes = static_cast<int64_t>(data.class_labels.size());
  const std::vector<int64_t> fold_of = FoldsOf(rows, classes, folds, DeriveSeed(options.seed, kCrossFitPart));
  std::vector<float> logits;
  std::vector<int32_t> labels;
  for (int64_t fold = 0; fold < folds; ++fold) {
    const uint64_t seed = DeriveSeed(DeriveSeed(options.seed, kCrossFitPart), static_cast<uint32_t>(fold));
    const TrainingData part = Without(fold, fold_of, rows, data);
    if (part.validation.labels.empty()) continue;
    EBM_ASSIGN_OR_RETURN(const HeldOutLogits of_fold, LogitsOfFold(options, seed, part, observer));
    logits.insert(logits.end(), of_fold.logits.values().begin(), of_fold.logits.values().end());
    labels.insert(labels.end(), of_fold.labels.begin(), of_fold.labels.end());
  }
  const auto n = static_cast<int64_t>(labels.size());
  return HeldOutLogits{.logits = MatrixBuffer(std::move(logits), n, classes), .labels = std::move(labels)};
}

}  // namespace ebm

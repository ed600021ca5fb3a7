#include "model/offline/train/cross_fit.h"

#include <iterator>
#include <memory>
#include <utility>

#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/offline/train/row_order.h"
#include "model/offline/train/run_seeds.h"
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

template <typename T>
void Append(const std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

std::vector<int64_t> FoldsOf(const LabelledData& data, int64_t classes, int64_t folds, uint64_t seed) {
  std::vector<std::vector<int64_t>> members(static_cast<size_t>(classes));
  for (const int64_t row : HoldOutOrder(seed, data.rows.rows())) {
    members[static_cast<size_t>(data.labels[row])].push_back(row);
  }
  std::vector<int64_t> fold_of(data.labels.size());
  int64_t dealt = 0;
  for (const std::vector<int64_t>& rows : members) {
    for (const int64_t row : rows) fold_of[row] = dealt++ % folds;
  }
  return fold_of;
}

TrainingData Without(int64_t fold, const std::vector<int64_t>& fold_of, const LabelledData& rows,
                     const TrainingData& data) {
  std::vector<int64_t> kept;
  std::vector<int64_t> held_out;
  for (int64_t i = 0; i < std::ssize(fold_of); ++i) (fold_of[i] == fold ? held_out : kept).push_back(i);
  return WithRows(data, TakeRows(rows, kept), TakeRows(rows, held_out));
}

// Adds the held-out rows of a part.
absl::Status AddFold(const RunOptions& options, uint64_t seed, const TrainingData& part, EpochObserver& observer,
                     HeldOutRows& all) {
  TrainingData completed;
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer, MakeTrainer(options, seed, part, completed));
  while (trainer->state().epochs_done < options.recipe.max_epochs) {
    EBM_RETURN_IF_ERROR(trainer->RunEpoch(observer).status());
  }
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model,
                       MakeEnergyModel(trainer->task().spec, trainer->WithBase(trainer->state().best)));
  const LabelledData& held_out = trainer->task().data->validation;
  const MeasuredRows measured(*model, held_out.rows.view());
  std::vector<float> logits = std::move(all.logits).TakeValues();
  logits.insert(logits.end(), measured.logits.values().begin(), measured.logits.values().end());
  Append(measured.log_density, all.log_density);
  Append(measured.log_ratio, all.log_ratio);
  Append(held_out.labels, all.labels);
  all.logits = MatrixBuffer(std::move(logits), std::ssize(all.labels), measured.logits.cols());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HeldOutRows> CrossFit(const RunOptions& options, const TrainingData& data, EpochObserver& observer) {
  const int64_t folds = options.recipe.calibration_folds;
  const LabelledData rows = Concatenated(data.train, data.validation);
  const uint64_t seed = DeriveSeed(options.seed, kCrossFitPart);
  const std::vector<int64_t> fold_of = FoldsOf(rows, std::ssize(data.class_labels), folds, seed);
  HeldOutRows all;
  for (int64_t fold = 0; fold < folds; ++fold) {
    const TrainingData part = Without(fold, fold_of, rows, data);
    if (part.validation.labels.empty()) continue;
    EBM_RETURN_IF_ERROR(AddFold(options, DeriveSeed(seed, static_cast<uint32_t>(fold)), part, observer, all));
  }
  return all;
}

}  // namespace ebm

#include "model/offline/train/budget.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "model/core/status_macros.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_task.h"

namespace ebm {
namespace {

constexpr int64_t kProbedRows = 2048;
constexpr int64_t kFewestProbedRowsOfAClass = 32;
constexpr double kLongProbe = 5;  // seconds

// The first rows of each class.
LabelledData PartOf(const LabelledData& data, int64_t rows_per_class, int64_t classes) {
  std::vector<int64_t> taken(static_cast<size_t>(classes));
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < data.rows.rows(); ++i) {
    if (++taken[static_cast<size_t>(data.labels[i])] <= rows_per_class) chosen.push_back(i);
  }
  return TakeRows(data, chosen);
}

TrainingData PartOf(const TrainingData& data) {
  const auto classes = static_cast<int64_t>(data.class_labels.size());
  const int64_t rows_per_class = std::max(kFewestProbedRowsOfAClass, kProbedRows / classes);
  return WithRows(data, PartOf(data.train, rows_per_class, classes),
                  PartOf(data.validation, std::max<int64_t>(1, rows_per_class / 4), classes));
}

// The second epoch, since the first of a process is slower than the others; or the first, if it takes long.
absl::StatusOr<double> SecondsOfAnEpoch(Trainer& trainer, const std::function<bool()>& stop_requested) {
  QuietObserver observer(stop_requested);
  EBM_ASSIGN_OR_RETURN(EpochMetrics metrics, trainer.RunEpoch(observer));
  if (metrics.seconds < kLongProbe) {
    EBM_ASSIGN_OR_RETURN(metrics, trainer.RunEpoch(observer));
  }
  return metrics.seconds;
}

}  // namespace

absl::StatusOr<Budget> EpochsWithin(double minutes, const RunOptions& options, const TrainingData& data,
                                    const std::function<bool()>& stop_requested) {
  const Recipe& recipe = options.recipe;
  const TrainingData part = PartOf(data);
  TrainingData completed;
  const auto start = std::chrono::steady_clock::now();
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer, MakeTrainer(options, options.seed, part, completed));
  const double beginning = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const absl::StatusOr<double> seconds = SecondsOfAnEpoch(*trainer, stop_requested);
  if (absl::IsAborted(seconds.status())) return Budget{.epochs = recipe.max_epochs};
  EBM_RETURN_IF_ERROR(seconds.status());
  const double share = static_cast<double>(data.train.rows.rows()) / static_cast<double>(part.train.rows.rows());
  Budget budget = {.seconds_per_epoch = *seconds * share};
  const auto runs = static_cast<double>(1 + recipe.calibration_folds);
  const double fitting = (60 * minutes / runs - beginning) / budget.seconds_per_epoch;
  budget.epochs = static_cast<int64_t>(std::clamp(fitting, 1.0, static_cast<double>(recipe.max_epochs)));
  return budget;
}

}  // namespace ebm

#include "model/offline/train/training_result.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/offline/statistics/class_temperature.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/train/choose_outlier_score.h"
#include "model/offline/train/publication.h"
#include "model/offline/train/run_seeds.h"
#include "model/scoring/outlier_score.h"

namespace ebm {
namespace {

constexpr int kQuantiles = 201;        // every half percent
constexpr int64_t kStartStates = 500;  // replayed chains that the checkpoint carries

absl::Status AddEvaluation(const Trainer& trainer, const EnergyModel& model, uint64_t seed, Checkpoint& checkpoint) {
  const TrainingData& data = *trainer.task().data;
  const auto add = [&](const std::string& split, const LabelledData& rows) -> absl::StatusOr<Evaluation> {
    const Evaluation evaluation = Evaluate(model, rows.rows.view(), rows.labels);
    if (trainer.task().spec.num_classes() > 1) {
      checkpoint.evaluation[split + "_error"] = evaluation.error;
      checkpoint.evaluation[split + "_cross_entropy"] = evaluation.cross_entropy;
      checkpoint.evaluation[split + "_calibration_error"] = evaluation.calibration_error;
    }
    checkpoint.evaluation[split + "_log_density"] = evaluation.mean_log_density();
    EBM_ASSIGN_OR_RETURN(checkpoint.evaluation[split + "_generative"],
                         trainer.Generative(model, rows.rows.view(), evaluation, seed));
    return evaluation;
  };
  EBM_RETURN_IF_ERROR(add("train", data.train).status());
  EBM_ASSIGN_OR_RETURN(const Evaluation validation, add("validation", data.validation));
  checkpoint.log_density_quantiles = Quantiles(validation.log_density, kQuantiles);
  return data.test.has_value() ? add("test", *data.test).status() : absl::OkStatus();
}

absl::Status CheckScores(std::span<const float> scores) {
  for (size_t row = 0; row < scores.size(); ++row) {
    if (std::isfinite(scores[row])) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the outlier score of calibration row ", row + 1, " is ", scores[row], "; it must be finite"));
  }
  return absl::OkStatus();
}

// Chooses the score on validation rows; the calibration scores are those of rows that nothing else used, or of rows
// that folds held out.
absl::Status AddCalibration(const TrainingTask& task, const EnergyModel& model,
                            const std::optional<HeldOutRows>& held_out, uint64_t seed, Checkpoint& checkpoint) {
  const TrainingData& data = *task.data;
  const ConstMatrix rows = data.validation.rows.view();
  if (!held_out.has_value() && data.calibration.rows.rows() == 0) {
    if (!task.recipe.calibrates) return absl::OkStatus();
    if (task.recipe.calibration_folds > 0) return absl::InvalidArgumentError("the folds were not finished");
    return absl::InvalidArgumentError(
        absl::StrCat(rows.rows(), " validation rows; p-values need at least ", kFewestRowsToHalve));
  }
  Calibration calibration;
  EBM_ASSIGN_OR_RETURN(calibration.outlier_score, ChooseOutlierScore(task.spec, model, rows, seed));
  std::vector<float> scores;
  if (held_out.has_value()) {
    calibration.class_temperature = FitClassTemperature(held_out->logits.view(), held_out->labels);
    scores = OutlierScores(calibration.outlier_score, held_out->scored());
  } else {
    calibration.class_temperature =
        FitClassTemperature(MeasuredRows(model, rows).logits.view(), data.validation.labels);
    scores = OutlierScores(calibration.outlier_score, MeasuredRows(model, data.calibration.rows.view()).scored());
  }
  EBM_RETURN_IF_ERROR(CheckScores(scores));
  std::ranges::sort(scores);
  checkpoint.calibration_scores = std::move(scores);
  checkpoint.calibration = std::move(calibration);
  return absl::OkStatus();
}

// Adds a part of the replay buffer, each state with its most probable class.
void AddStartStates(const MatrixBuffer& buffer, const EnergyModel& model, Checkpoint& checkpoint) {
  const int64_t count = std::min(kStartStates, buffer.rows());
  if (count == 0) return;
  const ConstMatrix states = buffer.view().rows_from(0, count);
  checkpoint.start_states.assign(states.values().begin(), states.values().end());
  MatrixBuffer logits(count, model.class_logits()->num_classes());
  std::vector<float> log_density(count);
  model.class_logits()->Logits(states, logits.view(), log_density);
  for (int64_t i = 0; i < count; ++i) {
    const std::span<float> row = logits.row(i);
    checkpoint.start_classes.push_back(static_cast<int32_t>(std::ranges::max_element(row) - row.begin()));
  }
}

}  // namespace

absl::StatusOr<Checkpoint> MakeCheckpoint(const RunOptions& options, const Trainer& trainer,
                                          const std::optional<HeldOutRows>& held_out, Reporter& reporter) {
  const TrainingTask& task = trainer.task();
  const TrainingState& state = trainer.state();
  Checkpoint checkpoint{.spec = task.spec, .sampler = task.recipe.sampler, .tensors = trainer.WithBase(state.best)};
  checkpoint.provenance = {.recipe = task.recipe.name,
                           .seed = options.seed,
                           .epochs_run = state.epochs_done,
                           .best_epoch = state.best_epoch,
                           .wall_seconds = state.seconds,
                           .data_name = task.data->name,
                           .data_sha256 = task.data->sha256,
                           .code_version = options.code_version,
                           .created = absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone()),
                           .settings = task.recipe.Describe()};
  checkpoint.provenance.settings[kValidationRows] = absl::StrCat(task.data->validation.rows.rows());
  if (!task.data->validation_sha256.empty()) {
    checkpoint.provenance.settings[kValidationData] = task.data->validation_sha256;
  }
  if (options.epochs_of_budget > 0) {
    checkpoint.provenance.settings[kEpochsOfBudget] = absl::StrCat(options.epochs_of_budget);
  }
  if (!options.initial_sha256.empty()) checkpoint.provenance.settings["init_from_sha256"] = options.initial_sha256;
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model, MakeEnergyModel(task.spec, checkpoint.tensors));
  EBM_RETURN_IF_ERROR(AddEvaluation(trainer, *model, DeriveSeed(options.seed, kFinalFiguresPart), checkpoint));
  AddStartStates(state.buffer.states, *model, checkpoint);
  // Without calibration, the model is still written.
  if (const absl::Status status = AddCalibration(task, *model, held_out, options.seed, checkpoint); !status.ok()) {
    reporter.Say(absl::StrCat("not calibrated: ", status.message()));
  }
  return checkpoint;
}

}  // namespace ebm

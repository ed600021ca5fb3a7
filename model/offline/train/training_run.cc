#include "model/offline/train/training_run.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/refresh.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_file.h"
#include "model/io/digest.h"
#include "model/io/file_lock.h"
#include "model/io/output_file.h"
#include "model/offline/data/image_sheet.h"
#include "model/offline/train/cross_fit.h"
#include "model/offline/train/metrics_file.h"
#include "model/offline/train/reporter.h"
#include "model/offline/train/run_identity.h"
#include "model/offline/train/shared_state.h"
#include "model/offline/train/tensorboard_writer.h"
#include "model/offline/train/trainer.h"
#include "model/offline/train/training_curves.h"
#include "model/offline/train/training_result.h"
#include "model/offline/train/training_state.h"
#include "model/offline/train/training_task.h"
#include "model/spec/image_shape.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr char kEnding[] = ".safetensors";
constexpr char kStateEnding[] = ".state.safetensors";
constexpr int64_t kEpochsPerPicture = 10;

double WallTime() { return absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()); }

// Advice for a run that diverged too often.
std::string WhatToTry(const Recipe& recipe, const TrainingState& state, const RunFiles& files) {
  // Half of the last learning rate that was tried.
  const double rate = std::ldexp(recipe.learning_rate, -(recipe.max_rollbacks + 1));
  std::string text = absl::StrFormat("what to try: --learning_rate=%.2g; ", rate);
  if (recipe.chains.sampler.steps > 0) {
    absl::StrAppend(&text, "--chain_steps=", 2 * recipe.chains.sampler.steps,
                    ", so that chains keep up with the model; ");
  }
  if (recipe.base.empty()) absl::StrAppend(&text, "--recipe=density, whose energies are bounded; ");
  if (state.best_epoch < 0)
    return absl::StrCat(text, "no epoch was completed, and ", files.checkpoint, " is unchanged");
  return absl::StrCat(text, files.checkpoint, " holds the weights after epoch ", state.best_epoch);
}

// The parts of one run and how they work together.
class Run {
 public:
  Run(const RunOptions& options, RunFiles files, const RunIdentity& identity, std::unique_ptr<Trainer> trainer,
      TensorboardWriter tensorboard, Reporter& reporter)
      : options_(options),
        files_(std::move(files)),
        identity_(identity),
        trainer_(std::move(trainer)),
        tensorboard_(std::move(tensorboard)),
        reporter_(reporter) {}

  // What follows, rank 0 does alone.
  void LeaveGroup() { trainer_->LeaveGroup(); }
  // OK if the run ended by itself; Cancelled and Aborted as from Trainer::RunEpoch.
  absl::Status RunEpochs();
  // held_out: see MakeCheckpoint.
  absl::Status WriteResult(const std::optional<HeldOutRows>& held_out);
  std::string Advice() const { return WhatToTry(options_.recipe, trainer_->state(), files_); }

 private:
  absl::Status Record(const EpochMetrics& metrics);
  absl::Status AddPicture(int64_t epoch);
  void SayResult(const Checkpoint& checkpoint);

  const RunOptions& options_;
  const RunFiles files_;
  const RunIdentity& identity_;
  std::unique_ptr<Trainer> trainer_;
  TensorboardWriter tensorboard_;
  Reporter& reporter_;
};

absl::Status Run::RunEpochs() {
  const Recipe& recipe = options_.recipe;
  while (!IsOver(recipe, trainer_->state())) {
    EBM_ASSIGN_OR_RETURN(const EpochMetrics metrics, trainer_->RunEpoch(reporter_));
    reporter_.EpochDone(metrics);
    EBM_RETURN_IF_ERROR(Record(metrics));
  }
  return absl::OkStatus();
}

absl::Status Run::Record(const EpochMetrics& metrics) {
  EBM_RETURN_IF_ERROR(MetricsFile::Append(files_.metrics, metrics));
  EBM_RETURN_IF_ERROR(
      WriteFileAtomically(RenderTrainingCurves(MetricsFile::ReadLosses(files_.metrics)), files_.curves));
  const double now = WallTime();
  for (const auto& [name, value] : NamedMetrics(metrics)) {
    if (name != "epoch") tensorboard_.AddScalar(name, metrics.epoch, now, static_cast<float>(value));
  }
  if (metrics.epoch % kEpochsPerPicture == 0) EBM_RETURN_IF_ERROR(AddPicture(metrics.epoch));
  EBM_RETURN_IF_ERROR(tensorboard_.Flush());
  return SaveState(trainer_->state(), identity_, files_.state);
}

// Adds the chains as pictures if the data's rows are some.
absl::Status Run::AddPicture(int64_t epoch) {
  const ModelSpec& spec = trainer_->task().spec;
  const std::optional<PictureFormat> picture = FindPictureFormat(spec);
  if (!picture.has_value() || trainer_->last_chains().rows() == 0) return absl::OkStatus();
  const MatrixBuffer chains = DecodeRows(spec, trainer_->last_chains().view());
  return tensorboard_.AddImage("chains", epoch, WallTime(), RenderSheet(chains.view(), {.picture = *picture}));
}

absl::Status Run::WriteResult(const std::optional<HeldOutRows>& held_out) {
  if (trainer_->state().best_epoch < 0) return absl::CancelledError("stopped before the first epoch ended");
  EBM_ASSIGN_OR_RETURN(Checkpoint checkpoint, MakeCheckpoint(options_, *trainer_, held_out, reporter_));
  KeepResultsOfOthers(files_.checkpoint, checkpoint);
  const absl::Status written = WriteCheckpoint(checkpoint, files_.checkpoint);
  SayResult(checkpoint);
  if (!written.ok()) {
    return absl::Status(written.code(), absl::StrCat(written.message(), "; ", files_.state,
                                                     " holds the run: make it possible to write the checkpoint, and "
                                                     "run again with --resume"));
  }
  reporter_.Say(absl::StrCat("wrote ", files_.checkpoint));
  return absl::OkStatus();
}

void Run::SayResult(const Checkpoint& checkpoint) {
  const Provenance& run = checkpoint.provenance;
  reporter_.Say(absl::StrFormat("%d epochs in %.1f s; kept the weights after epoch %d", run.epochs_run,
                                run.wall_seconds, run.best_epoch));
  for (const char* split : {"train", "validation", "test"}) {
    const auto figure = [&](const char* name) { return checkpoint.evaluation.at(absl::StrCat(split, "_", name)); };
    if (!checkpoint.evaluation.contains(absl::StrCat(split, "_generative"))) continue;
    if (!checkpoint.evaluation.contains(absl::StrCat(split, "_error"))) {
      reporter_.Say(
          absl::StrFormat("%-10s  ln p~ %9.3f  L_gen %7.3f", split, figure("log_density"), figure("generative")));
      continue;
    }
    reporter_.Say(absl::StrFormat("%-10s  error %6.2f %%  cross entropy %.3f  calibration error %5.2f %%  L_gen %7.3f",
                                  split, 100 * figure("error"), figure("cross_entropy"),
                                  100 * figure("calibration_error"), figure("generative")));
  }
}

// Finds errors that would otherwise be found only after the first epoch.
absl::Status CheckFiles(const RunOptions& options, const RunFiles& files) {
  const std::vector<std::string> outputs = {files.checkpoint, files.state, files.metrics, files.curves};
  EBM_RETURN_IF_ERROR(CheckApart(options.inputs, outputs));
  for (const std::string& output : outputs) EBM_RETURN_IF_ERROR(CheckReplaceable(output));
  std::error_code error;
  const bool is_blocked =
      std::filesystem::exists(files.tensorboard, error) && !std::filesystem::is_directory(files.tensorboard, error);
  if (!is_blocked) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot write ", files.tensorboard, ": it is not a folder"));
}

// A command that is given again without --resume, or with the path of a model that is in use, must not overwrite it.
absl::Status CheckNoRunIsLost(const RunOptions& options, const RunFiles& files) {
  if (options.start != RunStart::kNew) return absl::OkStatus();
  if (access(files.state.c_str(), F_OK) == 0) {
    return absl::InvalidArgumentError(absl::StrCat("a run with this output has left ", files.state,
                                                   ": continue it with --resume, or replace it with --overwrite"));
  }
  if (access(files.checkpoint.c_str(), F_OK) != 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(files.checkpoint, " is there: replace it with --overwrite"));
}

absl::StatusOr<FileLock> LockRun(const RunFiles& files) {
  EBM_ASSIGN_OR_RETURN(const std::string target, TargetOf(files.checkpoint));
  absl::StatusOr<FileLock> lock = FileLock::Acquire(absl::StrCat(target, ".lock"));
  if (!absl::IsFailedPrecondition(lock.status())) return lock;
  return absl::InvalidArgumentError(absl::StrCat("another program trains ", files.checkpoint, " at the moment"));
}

// REQUIRES: the parameters are those of the state's model, in their order.
void StartFrom(const std::vector<NamedTensor>& parameters, TrainingState& state) {
  state.parameters = parameters;
  if (!state.average.empty()) state.average = parameters;
}

absl::StatusOr<TrainingState> StartingState(const RunOptions& options, const RunFiles& files, const TrainingTask& task,
                                            const RunIdentity& identity) {
  TrainingState initial = InitialState(task.spec, options.recipe, options.seed, task.base);
  if (!options.initial_parameters.empty()) StartFrom(options.initial_parameters, initial);
  if (options.start != RunStart::kResumed) return initial;
  return LoadState(files.state, identity, initial);
}

// Without it, the model is not calibrated, which is no reason to lose it.
std::optional<HeldOutRows> MaybeCrossFit(const RunOptions& options, const TrainingData& data,
                                         const std::function<bool()>& stop_requested, Reporter& reporter) {
  if (options.recipe.calibration_folds == 0) return std::nullopt;
  reporter.Say(absl::StrCat("calibration: training ", options.recipe.calibration_folds,
                            " times more, each time without a part of the rows, to judge those"));
  QuietObserver observer(stop_requested);
  std::optional<HeldOutRows> held_out;
  const absl::Status done = Guarded([&]() -> absl::Status {
    EBM_ASSIGN_OR_RETURN(held_out, CrossFit(options, data, observer));
    return absl::OkStatus();
  });
  if (!done.ok()) {
    reporter.Say(absl::StrCat("calibration: ", done.message(), absl::IsCancelled(done) ? "; --resume repeats it" : ""));
  }
  return held_out;
}

absl::Status ShareRun(ProcessGroup& group, const RunIdentity& identity, TrainingState& state) {
  EBM_RETURN_IF_ERROR(CheckSameRun(group, identity));
  return ShareState(group, state);
}

// If there is nothing to write, the advice says so; other errors, such as a full disk, are returned.
absl::Status AfterDivergence(const absl::Status& diverged, const absl::Status& written, const Run& run,
                             Reporter& reporter) {
  if (!written.ok() && !absl::IsCancelled(written)) return written;
  reporter.Say(run.Advice());
  return diverged;
}

TrainingForce ForceOf(const RunOptions& options) {
  return {.threads = options.threads, .group = options.group, .replay_shards = options.replay_shards};
}

}  // namespace

absl::StatusOr<RunEnd> Follow(const RunOptions& options, const TrainingData& data,
                              const std::function<bool()>& stop_requested) {
  EBM_RETURN_IF_ERROR(options.recipe.Validate());
  EBM_RETURN_IF_ERROR(CheckModel(options.recipe, data));
  TrainingState state = InitialState(SpecOf(options.recipe, data), options.recipe, options.seed);
  EBM_RETURN_IF_ERROR(ShareRun(*options.group, IdentityOf(options, data), state));
  TrainingData completed;
  EBM_ASSIGN_OR_RETURN(TrainingTask task, MakeTask(options.recipe, options.seed, data, completed));
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer,
                       Trainer::Create(std::move(task), std::move(state), ForceOf(options)));
  QuietObserver observer(stop_requested);
  while (!IsOver(options.recipe, trainer->state())) {
    const absl::Status ended = trainer->RunEpoch(observer).status();
    if (absl::IsCancelled(ended)) return RunEnd::kStopped;
    if (absl::IsAborted(ended)) break;
    EBM_RETURN_IF_ERROR(ended);
  }
  return RunEnd::kFinished;
}

absl::StatusOr<RunFiles> FilesOf(const std::string& output) {
  if (!absl::EndsWith(output, kEnding) || output.size() == sizeof(kEnding) - 1) {
    return absl::InvalidArgumentError(absl::StrCat("output is \"", output, "\"; it must end in ", kEnding));
  }
  if (absl::EndsWith(output, kStateEnding)) {
    return absl::InvalidArgumentError(absl::StrCat("output is \"", output, "\", the name of a training state"));
  }
  const std::string stem = output.substr(0, output.size() - (sizeof(kEnding) - 1));
  return RunFiles{.checkpoint = output,
                  .state = stem + kStateEnding,
                  .metrics = stem + ".metrics.csv",
                  .curves = stem + ".curves.svg",
                  .tensorboard = stem + ".tensorboard"};
}

absl::Status CheckRun(const RunOptions& options) {
  EBM_RETURN_IF_ERROR(options.recipe.Validate());
  EBM_ASSIGN_OR_RETURN(const RunFiles files, FilesOf(options.output));
  EBM_RETURN_IF_ERROR(CheckFiles(options, files));
  return CheckNoRunIsLost(options, files);
}

absl::Status CheckResumable(const RunOptions& options, const TrainingData& data) {
  EBM_RETURN_IF_ERROR(options.recipe.Validate());
  EBM_RETURN_IF_ERROR(CheckModel(options.recipe, data));
  EBM_ASSIGN_OR_RETURN(const RunFiles files, FilesOf(options.output));
  const TrainingState like = InitialState(SpecOf(options.recipe, data), options.recipe, options.seed);
  return LoadState(files.state, IdentityOf(options, data), like).status();
}

absl::StatusOr<RunEnd> Train(const RunOptions& options, const TrainingData& data,
                             const std::function<bool()>& stop_requested, std::ostream& log) {
  EBM_RETURN_IF_ERROR(CheckRun(options));
  EBM_ASSIGN_OR_RETURN(const RunFiles files, FilesOf(options.output));
  EBM_ASSIGN_OR_RETURN(const FileLock lock, LockRun(files));
  EBM_RETURN_IF_ERROR(CheckNoRunIsLost(options, files));
  EBM_RETURN_IF_ERROR(CheckModel(options.recipe, data));
  const RunIdentity identity = IdentityOf(options, data);
  TrainingData completed;
  EBM_ASSIGN_OR_RETURN(TrainingTask task, MakeTask(options.recipe, options.seed, data, completed));
  EBM_ASSIGN_OR_RETURN(TrainingState state, StartingState(options, files, task, identity));
  if (options.group != nullptr) EBM_RETURN_IF_ERROR(ShareRun(*options.group, identity, state));
  // From the beginning there is a state to resume from, and no file of an earlier run is left.
  if (options.start != RunStart::kResumed) {
    EBM_RETURN_IF_ERROR(SaveState(state, identity, files.state));
    EBM_RETURN_IF_ERROR(TensorboardWriter::Clear(files.tensorboard));
  }
  EBM_RETURN_IF_ERROR(MetricsFile::Start(files.metrics, state.epochs_done));
  EBM_ASSIGN_OR_RETURN(TensorboardWriter tensorboard, TensorboardWriter::Open(files.tensorboard, WallTime()));
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<Trainer> trainer,
                       Trainer::Create(std::move(task), std::move(state), ForceOf(options)));
  Reporter reporter({.terminal = options.terminal,
                     .max_epochs = options.recipe.max_epochs,
                     .rows_per_epoch = data.train.rows.rows(),
                     .loss_name = HasChains(options.recipe.objective) ? "L_gen" : NameOf(options.recipe.objective)},
                    &log, stop_requested);

  Run run(options, files, identity, std::move(trainer), std::move(tensorboard), reporter);
  const absl::Status ended = run.RunEpochs();
  run.LeaveGroup();
  if (absl::IsCancelled(ended)) reporter.Say("stopping; --resume continues after the last whole epoch");
  if (!ended.ok() && !absl::IsCancelled(ended) && !absl::IsAborted(ended)) return ended;
  std::optional<HeldOutRows> held_out;
  if (ended.ok()) held_out = MaybeCrossFit(options, data, stop_requested, reporter);
  const absl::Status written = run.WriteResult(held_out);
  if (absl::IsAborted(ended)) return AfterDivergence(ended, written, run, reporter);
  EBM_RETURN_IF_ERROR(written);
  return absl::IsCancelled(ended) || stop_requested() ? RunEnd::kStopped : RunEnd::kFinished;
}

}  // namespace ebm

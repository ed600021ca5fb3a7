// ebm-train: trains a joint energy model on labelled rows and writes a checkpoint.
//
// Exit status: 0, trained (or stopped by Ctrl-C with a checkpoint); 1, an error of the system (a full disk, ...); 2,
// usage: a flag, a file or the data in it; 3, diverged too often; 130, stopped with nothing to keep, or before the
// model was published.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/core/version.h"
#include "model/networks/process_settings.h"
#include "model/offline/parallel/gloo_group.h"
#include "model/offline/parallel/launch.h"
#include "model/offline/parallel/process_group.h"
#include "model/offline/partition/log_z_run.h"
#include "model/offline/program/program.h"
#include "model/offline/train/auto_recipe.h"
#include "model/offline/train/budget.h"
#include "model/offline/train/earlier_model.h"
#include "model/offline/train/publication.h"
#include "model/offline/train/train_flags.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"
#include "model/offline/train/training_state.h"
#include "model/process/run_program.h"

namespace {

// With --minutes, pictures may be trained for this many times the recipe's epochs. Tables may not: their models get
// worse.
constexpr int64_t kMostEpochsOfPictures = 4;

absl::Status UseChainFlags(const ebm::TrainFlags& flags, ebm::SamplerSettings& chains) {
  const bool is_gibbs = std::holds_alternative<ebm::Gibbs>(chains.kernel);
  if (is_gibbs && (flags.chain_metropolis || flags.chain_step_size || flags.chain_noise_scale)) {
    return absl::InvalidArgumentError(
        "the recipe's chains are Gibbs chains: --chain_metropolis, --chain_step_size and --chain_noise_scale do not "
        "apply");
  }
  if (flags.chain_metropolis) ebm::UseKernel<ebm::MetropolisLangevin>(chains.kernel);
  const ebm::Motion recommended = ebm::MotionOf(chains.kernel);
  chains.steps = flags.chain_steps.value_or(chains.steps);
  ebm::SetMotion({.step_size = flags.chain_step_size.value_or(recommended.step_size),
                  .noise_scale = flags.chain_noise_scale.value_or(recommended.noise_scale)},
                 chains.kernel);
  return absl::OkStatus();
}

ebm::RunStart StartOf(const ebm::TrainFlags& flags) {
  if (flags.resume) return ebm::RunStart::kResumed;
  return flags.overwrite || flags.resume_or_overwrite ? ebm::RunStart::kOverwrite : ebm::RunStart::kNew;
}

// A state that cannot be read for now is not replaced.
absl::StatusOr<ebm::RunStart> StartWhereItCan(const ebm::RunOptions& options, const ebm::TrainingData& data) {
  const absl::Status resumable = ebm::CheckResumable(options, data);
  if (resumable.ok()) return ebm::RunStart::kResumed;
  if (absl::IsNotFound(resumable)) return ebm::RunStart::kOverwrite;
  if (!absl::IsFailedPrecondition(resumable) && !absl::IsInvalidArgument(resumable)) return resumable;
  std::cout << "begins anew: " << resumable.message() << "\n";
  return ebm::RunStart::kOverwrite;
}

// Every recipe that can be chosen for a table has a base density.
constexpr char kLikeAuto[] = "table";

absl::Status CheckFlagsOfChains(const ebm::TrainFlags& flags, ebm::Objective objective) {
  if (ebm::HasChains(objective) || (!flags.density_weight.has_value() && !flags.chain_steps.has_value())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("--objective: ", ebm::NameOf(objective),
                                                 " has no chains; --density_weight and --chain_steps do not apply"));
}

absl::Status UseFlags(const ebm::TrainFlags& flags, ebm::Recipe& recipe) {
  recipe.max_epochs = flags.epochs.value_or(recipe.max_epochs);
  recipe.batch_size = flags.batch_size.value_or(recipe.batch_size);
  recipe.learning_rate = flags.learning_rate.value_or(recipe.learning_rate);
  if (flags.objective.has_value()) {
    EBM_ASSIGN_OR_RETURN(const ebm::Objective objective, ebm::FindObjective(*flags.objective));
    EBM_RETURN_IF_ERROR(ebm::UseObjective(objective, recipe));
  }
  EBM_RETURN_IF_ERROR(CheckFlagsOfChains(flags, recipe.objective));
  recipe.density_weight = flags.density_weight.value_or(recipe.density_weight);
  recipe.weight_penalty = flags.weight_penalty.value_or(recipe.weight_penalty);
  recipe.activation = flags.activation.value_or(recipe.activation);
  EBM_RETURN_IF_ERROR(ebm::UseFamily(flags.family.value_or(recipe.family), recipe));
  EBM_RETURN_IF_ERROR(ebm::UseBase(flags.base.value_or(recipe.base), recipe));
  recipe.blocks_per_group = flags.blocks_per_group.value_or(recipe.blocks_per_group);
  if (!flags.hidden_widths.empty()) recipe.hidden_widths = flags.hidden_widths;
  return UseChainFlags(flags, recipe.chains.sampler);
}

ebm::DataOptions DataOptionsOf(const ebm::TrainFlags& flags, const ebm::Recipe& recipe,
                               const std::optional<ebm::EarlierModel>& earlier) {
  ebm::DataOptions options = flags.data;
  options.seed = flags.seed;
  // Chains that begin uniformly need the box.
  options.scaling = recipe.base.empty() ? ebm::ScalingKind::kUnitBox : ebm::ScalingKind::kStandardised;
  options.missing = recipe.base.empty() ? ebm::MissingValues::kRefused : ebm::MissingValues::kKept;
  if (ebm::DomainOf(recipe.network()) == ebm::Domain::kLevels) options.scaling = ebm::ScalingKind::kLevels;
  if (earlier.has_value()) options.model = earlier->spec;
  return options;
}

// The recipe for these rows, with the flags' changes, and how long it may take. Errors in flags should be found before
// any data is read: `named` is the recipe of that name, or one that is like those that `auto` chooses from.
absl::StatusOr<ebm::RecipeChoice> ChooseFor(const ebm::TrainFlags& flags, const ebm::Recipe& named,
                                            const std::optional<ebm::EarlierModel>& earlier,
                                            const ebm::TrainingData& data) {
  ebm::RecipeChoice choice = {.recipe = named, .reasons = {}};
  if (flags.recipe == ebm::kAutoRecipe) {
    EBM_ASSIGN_OR_RETURN(choice, ebm::ChooseRecipe(data));
  }
  if (flags.minutes.has_value()) {
    choice.minutes = *flags.minutes;
    const bool stops_early = choice.recipe.patience < choice.recipe.max_epochs;
    choice.recipe.max_epochs *= data.input_shape.size() > 1 ? kMostEpochsOfPictures : 1;
    if (!stops_early) choice.recipe.patience = choice.recipe.max_epochs;
  }
  if (earlier.has_value()) EBM_RETURN_IF_ERROR(ebm::UseEarlierModel(*earlier, choice.recipe));
  EBM_RETURN_IF_ERROR(UseFlags(flags, choice.recipe));
  if (earlier.has_value()) EBM_RETURN_IF_ERROR(ebm::CheckNetwork(*earlier, choice.recipe));
  if (flags.epochs.has_value()) choice.minutes = 0;
  if (data.class_labels.size() == 1) ebm::UseOneClass(choice.recipe);
  choice.reasons.push_back(ebm::DescribeRecipe(choice.recipe));
  if (earlier.has_value()) {
    choice.reasons.emplace_back(
        "starting from an earlier model: rows that are held out now may have been among its training rows, and figures "
        "and calibration are then too good; --validation_data with rows that it never saw avoids that");
  }
  return choice;
}

void UseEpochs(int64_t epochs, ebm::RunOptions& options) {
  options.epochs_of_budget = epochs;
  options.recipe.max_epochs = epochs;
  options.recipe.patience = std::min(options.recipe.patience, epochs);
}

// A run that is resumed keeps the number of epochs that was chosen when it began.
absl::Status UseEpochsOfState(ebm::RunOptions& options) {
  EBM_ASSIGN_OR_RETURN(const ebm::RunFiles files, ebm::FilesOf(options.output));
  EBM_ASSIGN_OR_RETURN(const std::optional<int64_t> epochs, ebm::EpochsOfBudget(files.state));
  if (!epochs.has_value()) return absl::OkStatus();
  UseEpochs(*epochs, options);
  std::cout << "epochs: " << *epochs << ", as chosen when the run began\n";
  return absl::OkStatus();
}

// Sets the number of epochs to what fits into the time.
absl::Status UseBudget(double minutes, const ebm::TrainingData& data, ebm::RunOptions& options) {
  EBM_ASSIGN_OR_RETURN(const ebm::Budget budget, ebm::EpochsWithin(minutes, options, data, ebm::StopRequested));
  const bool has_all = budget.epochs == options.recipe.max_epochs;
  const std::string why = has_all ? "all of the recipe's" : absl::StrFormat("what fits into --minutes=%g", minutes);
  std::cout << absl::StrFormat("epochs: %d, %s, at about %.2g s each; --epochs=%d repeats the run on any machine\n",
                               budget.epochs, why, budget.seconds_per_epoch, budget.epochs);
  UseEpochs(budget.epochs, options);
  return absl::OkStatus();
}

absl::Status ChooseLength(const ebm::TrainFlags& flags, double minutes, const ebm::TrainingData& data,
                          ebm::RunOptions& options) {
  if (flags.epochs.has_value()) return absl::OkStatus();
  if (options.start == ebm::RunStart::kResumed) return UseEpochsOfState(options);
  return minutes > 0 ? UseBudget(minutes, data, options) : absl::OkStatus();
}

ebm::RunOptions RunOptionsOf(const ebm::TrainFlags& flags, ebm::RecipeChoice& choice,
                             std::optional<ebm::EarlierModel>& earlier) {
  ebm::RunOptions options = {
      .recipe = std::move(choice.recipe),
      .output = flags.output,
      .inputs = {flags.data.data, flags.data.labels, flags.data.validation_data, flags.data.validation_labels,
                 flags.data.test_data, flags.data.test_labels, flags.init_from},
      .seed = flags.seed,
      .start = StartOf(flags),
      .threads = ebm::ThreadsOrAllCores(flags.threads),
      .replay_shards = flags.replay_shards,
      .terminal = isatty(STDOUT_FILENO) != 0,
      .code_version = ebm::kVersion};
  if (!earlier.has_value()) return options;
  options.initial_parameters = std::move(earlier->network);
  options.initial_sha256 = std::move(earlier->sha256);
  return options;
}

// The model is written already. That ln Z cannot be told is no error: without it, the model can do all but ln p(x).
absl::Status AddLogZ(const ebm::RunOptions& options) {
  const ebm::LogZRun run = {.checkpoint = options.output,
                            .output = options.output,
                            .box = {},
                            .options = {.seed = options.seed, .threads = options.threads}};
  const ebm::LogZStreams streams = {
      .report = &std::cout, .progress = &std::cerr, .progress_is_terminal = isatty(STDERR_FILENO) != 0};
  const absl::Status estimated = ebm::EstimateLogZ(run, streams, ebm::StopRequested);
  if (!absl::IsFailedPrecondition(estimated) && !absl::IsCancelled(estimated)) return estimated;
  std::cerr << "ebm-train: no ln Z: " << estimated.message() << "\n";
  return absl::OkStatus();
}

// A run that was stopped is not finished, and is not published. All ranks agree on the end of the epochs; what follows,
// rank 0 does alone.
absl::Status CheckFinished(const ebm::TrainFlags& flags, ebm::RunEnd end) {
  if (flags.publication.folder.empty() || end == ebm::RunEnd::kFinished) return absl::OkStatus();
  return absl::CancelledError("not published, because the run was stopped; --resume goes on with it");
}

absl::Status TrainAsFollower(const ebm::TrainFlags& flags, const ebm::RunOptions& options,
                             const ebm::TrainingData& data) {
  EBM_ASSIGN_OR_RETURN(const ebm::RunEnd end, ebm::Follow(options, data, ebm::StopRequested));
  return CheckFinished(flags, end);
}

// A lost process is noticed at once; one that is only late has this long.
constexpr absl::Duration kLateProcess = absl::Minutes(5);

// The group that this process was started in, null if it trains alone. Its processes share batches that are as many
// times as large.
absl::StatusOr<std::unique_ptr<ebm::ProcessGroup>> JoinGroup(const ebm::TrainFlags& flags, ebm::RecipeChoice& choice) {
  EBM_ASSIGN_OR_RETURN(const ebm::Launch launch, ebm::ReadLaunch(ebm::EnvironmentVariable));
  if (launch.size == 1) return nullptr;
  if (choice.minutes > 0) {
    return absl::InvalidArgumentError(
        "epochs: unset, must be set if several processes train together, since one cannot tell how long they take");
  }
  if (flags.replay_shards != 1) {
    return absl::InvalidArgumentError("replay_shards: several processes have one part of the replay buffer each");
  }
  choice.recipe.batch_size *= launch.size;
  return ebm::JoinGlooGroup(launch, kLateProcess);
}

bool IsLeader(const ebm::ProcessGroup* group) { return group == nullptr || group->rank() == 0; }

void Say(const std::vector<std::vector<std::string>>& all_notes) {
  for (const auto& notes : all_notes) {
    for (const std::string& note : notes) std::cout << note << "\n";
  }
}

// Says whose error it is.
absl::Status OfRank(const ebm::ProcessGroup* group, const absl::Status& status) {
  if (group == nullptr || status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("rank ", group->rank(), ": ", status.message()));
}

absl::Status TrainWith(const ebm::TrainFlags& given) {
  ebm::TrainFlags flags = given;
  EBM_ASSIGN_OR_RETURN(flags.output, ebm::PrepareOutput(given.publication, given.output));
  const bool is_auto = flags.recipe == ebm::kAutoRecipe;
  EBM_ASSIGN_OR_RETURN(const ebm::Recipe named, ebm::FindRecipe(is_auto ? kLikeAuto : flags.recipe));
  ebm::Recipe changed = named;
  if (!is_auto) EBM_RETURN_IF_ERROR(UseFlags(flags, changed));
  std::optional<ebm::EarlierModel> earlier;
  if (!flags.init_from.empty()) {
    EBM_ASSIGN_OR_RETURN(earlier, ebm::ReadEarlierModel(flags.init_from));
  }
  EBM_ASSIGN_OR_RETURN(ebm::TrainingData data, ebm::LoadTrainingData(DataOptionsOf(flags, named, earlier)));
  if (named.ignores_labels) ebm::IgnoreLabels(data);
  EBM_ASSIGN_OR_RETURN(ebm::RecipeChoice choice, ChooseFor(flags, named, earlier, data));
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<ebm::ProcessGroup> group, JoinGroup(flags, choice));
  if (IsLeader(group.get())) Say({data.notes, choice.reasons});
  if (choice.recipe.calibrates && choice.recipe.calibration_folds == 0) ebm::HoldOutCalibration(data);
  ebm::StopOnSignals();  // not before: until here there is nothing to keep, and reading a pipe can take any time
  ebm::PrepareProcess();
  ebm::RunOptions options = RunOptionsOf(flags, choice, earlier);
  options.group = group.get();
  if (!IsLeader(group.get())) return OfRank(group.get(), TrainAsFollower(flags, options, data));
  EBM_RETURN_IF_ERROR(ebm::CheckRun(options));
  if (flags.resume_or_overwrite) {
    EBM_ASSIGN_OR_RETURN(options.start, StartWhereItCan(options, data));
  }
  EBM_RETURN_IF_ERROR(ChooseLength(flags, choice.minutes, data, options));
  const absl::StatusOr<ebm::RunEnd> end = ebm::Train(options, data, ebm::StopRequested, std::cout);
  EBM_RETURN_IF_ERROR(OfRank(group.get(), end.status()));
  if (flags.log_z == ebm::kAddLogZ && *end == ebm::RunEnd::kFinished) EBM_RETURN_IF_ERROR(AddLogZ(options));
  EBM_RETURN_IF_ERROR(CheckFinished(flags, ebm::StopRequested() ? ebm::RunEnd::kStopped : *end));
  return flags.publication.folder.empty() ? absl::OkStatus()
                                          : ebm::Publish(flags.publication, options.output, std::cout);
}

int Main(int argc, char** argv) {
  CLI::App app("Trains a joint energy model on labelled rows and writes a checkpoint.", "ebm-train");
  ebm::TrainFlags flags;
  ebm::AddTrainFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  return ebm::Finish(app, ebm::Guarded([&] { return TrainWith(flags); }));
}

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-train", ebm::ReaderGone::kIsIgnored, [&] { return Main(argc, argv); });
}

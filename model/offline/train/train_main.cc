// ebm-train: trains a joint energy model on labelled rows and writes a checkpoint.
//
// Exit status: 0, trained (or stopped by Ctrl-C with a checkpoint); 1, an error of the system (a full disk, ...); 2,
// usage: a flag, a file or the data in it; 3, diverged too often; 130, stopped with nothing to keep.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/core/version.h"
#include "model/networks/process_settings.h"
#include "model/offline/partition/log_z_run.h"
#include "model/offline/program/program.h"
#include "model/offline/train/auto_recipe.h"
#include "model/offline/train/budget.h"
#include "model/offline/train/earlier_model.h"
#include "model/offline/train/publication.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"
#include "model/offline/train/training_state.h"
#include "model/process/run_program.h"

namespace {

// With --minutes, pictures may be trained for this many times the recipe's epochs. Tables may not: their models get
// worse.
constexpr int64_t kMostEpochsOfPictures = 4;
constexpr char kAddLogZ[] = "auto";

struct Flags {
  ebm::DataOptions data;
  std::string output;
  ebm::Publication publication;
  std::string recipe = ebm::kAutoRecipe;
  uint64_t seed = 0;
  std::optional<int64_t> epochs;
  std::optional<double> minutes;
  std::string init_from;
  std::string log_z = "none";
  std::optional<double> learning_rate;
  std::optional<std::string> family;
  std::vector<int64_t> hidden_widths;
  std::optional<int64_t> blocks_per_group;
  std::optional<std::string> activation;
  std::optional<std::string> base;
  std::optional<uint32_t> chain_steps;
  std::optional<float> chain_step_size;
  std::optional<float> chain_noise_scale;
  bool chain_metropolis = false;
  bool resume = false;
  bool overwrite = false;
  int threads = 0;
};

void AddRunFlags(CLI::App& app, Flags& flags) {
  app.add_option("--data", flags.data.data, ebm::DataHelp())->required();
  app.add_option(
      "--output", flags.output,
      "the checkpoint to write, ending in .safetensors (default: with --publish, only the repository has it)");
  auto* const publish =
      app.add_option("--publish", flags.publication.folder,
                     "publish the model as the next version of this model of a repository, unless it is worse on "
                     "validation rows than the version that is served")
          ->type_name("DIR/NAME");
  app.add_option("--keep_versions", flags.publication.keep_versions,
                 "after publishing, remove all but so many of the newest versions, but none that has a label or that a "
                 "server has loaded")
      ->check(CLI::PositiveNumber)
      ->needs(publish);
  app.add_flag_callback(
         "--force", [&flags] { flags.publication.when_worse = ebm::WhenWorse::kPublish; },
         "publish also a model that is worse")
      ->needs(publish);
  app.add_option("--recipe", flags.recipe,
                 "auto, which chooses by the data, or default, density, density_resnet, density_resnet_small, notebook "
                 "or table")
      ->capture_default_str();
  ebm::AddSeedFlag(app, "seed of all random numbers of the run", flags.seed);
  auto* const epochs = app.add_option("--epochs", flags.epochs, "the most epochs (default: the recipe's)")
                           ->check(CLI::Range(1, 1000000));
  app.add_option("--minutes", flags.minutes,
                 "train for about so long at most: a probe tells how many epochs that is (default: 1 for tables with "
                 "--recipe=auto, otherwise as long as the recipe takes)")
      ->check(CLI::PositiveNumber)
      ->excludes(epochs);
  app.add_option("--init_from", flags.init_from,
                 "start from the weights of this checkpoint, with its columns and classes, and train a third as long")
      ->type_name("FILE");
  app.add_option("--log_z", flags.log_z, "auto: estimate ln Z afterwards, as ebm-logz does, for ln p(x); or none")
      ->check(CLI::IsMember({kAddLogZ, "none"}))
      ->capture_default_str();
  app.add_option("--learning_rate", flags.learning_rate, "learning rate (default: the recipe's)");
  auto* const resume = app.add_flag("--resume", flags.resume, "continue from the state file next to the output");
  app.add_flag("--overwrite", flags.overwrite, "begin anew where an earlier run with this output has left its state")
      ->excludes(resume);
}

void AddNetworkFlags(CLI::App& app, Flags& flags) {
  app.add_option("--family", flags.family,
                 "network: jem_mlp, a multilayer perceptron, or jem_resnet, a residual convolutional network for data "
                 "with the shape of an image (default: the recipe's)")
      ->check(CLI::IsMember({ebm::MlpSpec::kFamily, ebm::ResnetSpec::kFamily}));
  app.add_option("--hidden_widths", flags.hidden_widths,
                 "units of each layer, such as 256,256; jem_resnet: channels of each group of blocks, such as "
                 "16,32,64 (default: the recipe's)")
      ->delimiter(',');
  app.add_option("--blocks_per_group", flags.blocks_per_group,
                 "jem_resnet: residual blocks per group (default: the recipe's)");
  app.add_option("--activation", flags.activation, "elu, silu, relu, softplus or leaky_relu (default: the recipe's)");
  app.add_option("--base", flags.base,
                 "base density, for recipes that have one: class_gaussians, one Gaussian per class, or gaussian, one "
                 "for all classes (default: the recipe's)")
      ->check(CLI::IsMember({ebm::kClassGaussiansBase, ebm::kGaussianBase}));
}

void AddChainFlags(CLI::App& app, Flags& flags) {
  app.add_option("--chain_steps", flags.chain_steps, "Langevin steps per batch (default: the recipe's)")
      ->check(CLI::Range(0, 100000));
  app.add_option("--chain_step_size", flags.chain_step_size,
                 "step size alpha of the chains, in scaled units (default: the recipe's)");
  app.add_option("--chain_noise_scale", flags.chain_noise_scale,
                 "noise scale sigma of the chains, in scaled units (default: the recipe's); their temperature is "
                 "sigma^2 / (2 alpha)");
  app.add_flag("--chain_metropolis", flags.chain_metropolis,
               "accept or reject every step of the chains, so that they sample exactly at their temperature");
}

void AddDataFlags(CLI::App& app, ebm::DataOptions& data) {
  app.add_option("--labels", data.labels, ebm::LabelsHelp("data"));
  app.add_option(
      "--validation_data", data.validation_data,
      "rows for selection, a file or folder as for --data (default: the named data set's own, or a fifth of the rows "
      "of --data)");
  app.add_option("--validation_labels", data.validation_labels, ebm::LabelsHelp("validation_data"))
      ->needs("--validation_data");
  app.add_option(
      "--test_data", data.test_data,
      "rows for the final report, never used for selection, a file or folder as for --data (default: the named "
      "data set's own)");
  app.add_option("--test_labels", data.test_labels, ebm::LabelsHelp("test_data"))->needs("--test_data");
  ebm::AddHeaderFlag(app, data.header);
  app.add_option("--label", data.table.label,
                 "the label's column, by name or by index from 0 (-1: the last), or 'none' for rows without labels "
                 "(default: a column called label, class, target or species, or else the last)");
  app.add_option("--ignore", data.table.ignored, "columns to leave out, such as row ids, by name or index")
      ->delimiter(',');
  app.add_option("--categorical", data.table.categorical,
                 "columns of numbers that are names, not amounts, by name or index")
      ->delimiter(',');
  app.add_option("--data_step", data.table.step,
                 "the values of a file are multiples of this, such as 1 for whole numbers; 0: they are continuous "
                 "(default: 1 for whole numbers that range over less than 256)");
  app.add_option("--shape", data.input_shape,
                 "shape of a row, such as 28,28 or, in colour, 3,32,32 (default: that of the pictures)")
      ->delimiter(',');
}

void AddFlags(CLI::App& app, Flags& flags) {
  AddRunFlags(app, flags);
  AddNetworkFlags(app, flags);
  AddChainFlags(app, flags);
  AddDataFlags(app, flags.data);
  ebm::AddThreadsFlag(app, "compute threads (0: all cores)", flags.threads);
}

void UseChainFlags(const Flags& flags, ebm::SamplerSettings& chains) {
  if (flags.chain_metropolis) ebm::UseKernel<ebm::MetropolisLangevin>(chains.kernel);
  const ebm::Motion recommended = ebm::MotionOf(chains.kernel);
  chains.steps = flags.chain_steps.value_or(chains.steps);
  ebm::SetMotion({.step_size = flags.chain_step_size.value_or(recommended.step_size),
                  .noise_scale = flags.chain_noise_scale.value_or(recommended.noise_scale)},
                 chains.kernel);
}

ebm::RunStart StartOf(const Flags& flags) {
  if (flags.resume) return ebm::RunStart::kResumed;
  return flags.overwrite ? ebm::RunStart::kOverwrite : ebm::RunStart::kNew;
}

// Every recipe that can be chosen for a table has a base density.
constexpr char kLikeAuto[] = "table";

absl::Status UseFlags(const Flags& flags, ebm::Recipe& recipe) {
  recipe.max_epochs = flags.epochs.value_or(recipe.max_epochs);
  recipe.learning_rate = flags.learning_rate.value_or(recipe.learning_rate);
  recipe.activation = flags.activation.value_or(recipe.activation);
  EBM_RETURN_IF_ERROR(ebm::UseFamily(flags.family.value_or(recipe.family), recipe));
  EBM_RETURN_IF_ERROR(ebm::UseBase(flags.base.value_or(recipe.base), recipe));
  recipe.blocks_per_group = flags.blocks_per_group.value_or(recipe.blocks_per_group);
  if (!flags.hidden_widths.empty()) recipe.hidden_widths = flags.hidden_widths;
  UseChainFlags(flags, recipe.chains.sampler);
  return absl::OkStatus();
}

ebm::DataOptions DataOptionsOf(const Flags& flags, const ebm::Recipe& recipe,
                               const std::optional<ebm::EarlierModel>& earlier) {
  ebm::DataOptions options = flags.data;
  options.seed = flags.seed;
  // Chains that begin uniformly need the box.
  options.scaling = recipe.base.empty() ? ebm::ScalingKind::kUnitBox : ebm::ScalingKind::kStandardised;
  options.missing = recipe.base.empty() ? ebm::MissingValues::kRefused : ebm::MissingValues::kKept;
  if (earlier.has_value()) options.model = earlier->spec;
  return options;
}

// The recipe for these rows, with the flags' changes, and how long it may take. Errors in flags should be found before
// any data is read: `named` is the recipe of that name, or one that is like those that `auto` chooses from.
absl::StatusOr<ebm::RecipeChoice> ChooseFor(const Flags& flags, const ebm::Recipe& named,
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

absl::Status ChooseLength(const Flags& flags, double minutes, const ebm::TrainingData& data, ebm::RunOptions& options) {
  if (flags.epochs.has_value()) return absl::OkStatus();
  if (options.start == ebm::RunStart::kResumed) return UseEpochsOfState(options);
  return minutes > 0 ? UseBudget(minutes, data, options) : absl::OkStatus();
}

ebm::RunOptions RunOptionsOf(const Flags& flags, ebm::RecipeChoice& choice, std::optional<ebm::EarlierModel>& earlier) {
  ebm::RunOptions options = {
      .recipe = std::move(choice.recipe),
      .output = flags.output,
      .inputs = {flags.data.data, flags.data.labels, flags.data.validation_data, flags.data.validation_labels,
                 flags.data.test_data, flags.data.test_labels, flags.init_from},
      .seed = flags.seed,
      .start = StartOf(flags),
      .threads = ebm::ThreadsOrAllCores(flags.threads),
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

// A run that was stopped is not finished, and is not published.
absl::Status PublishResult(const Flags& flags, const ebm::RunOptions& options) {
  if (flags.publication.folder.empty()) return absl::OkStatus();
  if (!ebm::StopRequested()) return ebm::Publish(flags.publication, options.output, std::cout);
  std::cout << "not published, because the run was stopped; --resume goes on with it\n";
  return absl::OkStatus();
}

absl::Status TrainWith(const Flags& given) {
  Flags flags = given;
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
  EBM_ASSIGN_OR_RETURN(ebm::RecipeChoice choice, ChooseFor(flags, named, earlier, data));
  for (const auto& notes : {data.notes, choice.reasons}) {
    for (const std::string& note : notes) std::cout << note << "\n";
  }
  if (choice.recipe.calibrates && choice.recipe.calibration_folds == 0) ebm::HoldOutCalibration(data);
  ebm::StopOnSignals();  // not before: until here there is nothing to keep, and reading a pipe can take any time
  ebm::PrepareProcess();
  ebm::RunOptions options = RunOptionsOf(flags, choice, earlier);
  EBM_RETURN_IF_ERROR(ebm::CheckRun(options));
  EBM_RETURN_IF_ERROR(ChooseLength(flags, choice.minutes, data, options));
  EBM_RETURN_IF_ERROR(ebm::Train(options, data, ebm::StopRequested, std::cout));
  if (flags.log_z == kAddLogZ) EBM_RETURN_IF_ERROR(AddLogZ(options));
  return PublishResult(flags, options);
}

int Main(int argc, char** argv) {
  CLI::App app("Trains a joint energy model on labelled rows and writes a checkpoint.", "ebm-train");
  Flags flags;
  AddFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  return ebm::Finish(app, ebm::Guarded([&] { return TrainWith(flags); }));
}

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-train", ebm::ReaderGone::kIsIgnored, [&] { return Main(argc, argv); });
}

// ebm-train: trains a joint energy model on labelled rows and writes a checkpoint.
//
// Exit status: 0, trained (or stopped by Ctrl-C with a checkpoint); 1, an error of the system (a full disk, ...); 2,
// usage: a flag, a file or the data in it; 3, diverged too often; 130, stopped with nothing to keep.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "model/core/guarded.h"
#include "model/core/version.h"
#include "model/networks/process_settings.h"
#include "model/offline/program/program.h"
#include "model/offline/train/training_data.h"
#include "model/offline/train/training_run.h"
#include "model/process/run_program.h"

namespace {

struct Flags {
  ebm::DataOptions data;
  std::string output;
  std::string recipe = "default";
  uint64_t seed = 0;
  std::optional<int64_t> epochs;
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
  app.add_option("--data", flags.data.data,
                 "'digits' (built in), 'fashion-mnist' (from its Debian package), or a CSV, NPY or IDX file, also "
                 "gzipped; -: standard input")
      ->required();
  app.add_option("--output", flags.output, "the checkpoint to write, ending in .safetensors")->required();
  app.add_option("--recipe", flags.recipe, "default, density, density_resnet, density_resnet_small, notebook or table")
      ->capture_default_str();
  ebm::AddSeedFlag(app, "seed of all random numbers of the run", flags.seed);
  app.add_option("--epochs", flags.epochs, "the most epochs (default: the recipe's)")->check(CLI::Range(1, 1000000));
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
  app.add_option("--validation_data", data.validation_data,
                 "rows for selection (default: the named data set's own, or a fifth of a file's rows)");
  app.add_option("--validation_labels", data.validation_labels, ebm::LabelsHelp("validation_data"))
      ->needs("--validation_data");
  app.add_option("--test_data", data.test_data,
                 "rows for the final report, never used for selection (default: the named data set's own)");
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
  app.add_option("--shape", data.input_shape, "shape of a row, such as 28,28")->delimiter(',');
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

absl::Status TrainWith(Flags flags) {
  absl::StatusOr<ebm::Recipe> recipe = ebm::FindRecipe(flags.recipe);
  if (!recipe.ok()) return recipe.status();
  recipe->max_epochs = flags.epochs.value_or(recipe->max_epochs);
  recipe->learning_rate = flags.learning_rate.value_or(recipe->learning_rate);
  recipe->activation = flags.activation.value_or(recipe->activation);
  const absl::Status usable = ebm::UseFamily(flags.family.value_or(recipe->family), *recipe);
  if (!usable.ok()) return usable;
  const absl::Status base_usable = ebm::UseBase(flags.base.value_or(recipe->base), *recipe);
  if (!base_usable.ok()) return base_usable;
  recipe->blocks_per_group = flags.blocks_per_group.value_or(recipe->blocks_per_group);
  if (!flags.hidden_widths.empty()) recipe->hidden_widths = flags.hidden_widths;
  UseChainFlags(flags, recipe->chains.sampler);
  flags.data.seed = flags.seed;
  // Chains that begin uniformly need the box.
  flags.data.scaling = recipe->base.empty() ? ebm::ScalingKind::kUnitBox : ebm::ScalingKind::kStandardised;
  flags.data.missing = recipe->base.empty() ? ebm::MissingValues::kRefused : ebm::MissingValues::kKept;
  absl::StatusOr<ebm::TrainingData> data = ebm::LoadTrainingData(flags.data);
  if (!data.ok()) return data.status();
  if (data->class_labels.size() == 1) ebm::UseOneClass(*recipe);
  for (const std::string& note : data->notes) std::cout << note << "\n";
  if (recipe->calibrates) ebm::HoldOutCalibration(*data);
  ebm::StopOnSignals();  // not before: until here there is nothing to keep, and reading a pipe can take any time
  ebm::PrepareProcess();
  const ebm::RunOptions options{.recipe = *recipe,
                                .output = flags.output,
                                .inputs = {flags.data.data, flags.data.labels, flags.data.validation_data,
                                           flags.data.validation_labels, flags.data.test_data, flags.data.test_labels},
                                .seed = flags.seed,
                                .start = StartOf(flags),
                                .threads = ebm::ThreadsOrAllCores(flags.threads),
                                .terminal = isatty(STDOUT_FILENO) != 0,
                                .code_version = ebm::kVersion};
  return ebm::Train(options, *data, ebm::StopRequested, std::cout);
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

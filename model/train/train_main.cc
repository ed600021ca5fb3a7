// ebm-train: learns a joint energy model from labelled rows and writes a checkpoint.
//
// Exit status: 0, trained (or stopped by Ctrl-C with a checkpoint); 1, the machine said no (a full disk, ...); 2,
// usage: a flag, a file or the data in it; 3, diverged beyond saving; 130, stopped with nothing to keep.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "model/energy/process_settings.h"
#include "model/program/program.h"
#include "model/train/training_data.h"
#include "model/train/training_run.h"

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
  int threads = 0;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--data", flags.data.data,
                 "'digits' (built in), 'fashion-mnist' (from its Debian package), or a CSV or NPY file, gzip or "
                 "not; last column: label")
      ->required();
  app.add_option("--output", flags.output, "the checkpoint to write, ending in .safetensors")->required();
  app.add_option("--recipe", flags.recipe, "default, density, density_resnet, density_resnet_small or notebook")
      ->capture_default_str();
  ebm::AddSeedFlag(app, "keys all randomness of the run", flags.seed);
  app.add_option("--epochs", flags.epochs, "epochs at most (the recipe's own limit where unset)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--learning_rate", flags.learning_rate, "in place of the recipe's");
  app.add_option("--family", flags.family,
                 "the network in place of the recipe's: jem_mlp, a multilayer perceptron, or jem_resnet, a residual "
                 "convolutional network for data with an image's shape")
      ->check(CLI::IsMember({ebm::kJemMlp, ebm::kJemResnet}));
  app.add_option("--hidden_widths", flags.hidden_widths,
                 "units of each layer in place of the recipe's, such as 256,256; jem_resnet: channels of each group of "
                 "blocks, such as 16,32,64")
      ->delimiter(',');
  app.add_option("--blocks_per_group", flags.blocks_per_group,
                 "jem_resnet: residual blocks in each group (1 if unset)");
  app.add_option("--activation", flags.activation, "in place of the recipe's: elu, silu, relu, softplus or leaky_relu");
  app.add_option(
         "--base", flags.base,
         "the base density in place of the recipe's, where it has one: class_gaussians, or gaussian, one for all")
      ->check(CLI::IsMember({ebm::kClassGaussiansBase, ebm::kGaussianBase}));
  app.add_option("--chain_steps", flags.chain_steps, "Langevin steps a batch, in place of the recipe's")
      ->check(CLI::Range(0, 100000));
  app.add_option("--chain_step_size", flags.chain_step_size, "alpha of those steps, scaled units");
  app.add_option("--chain_noise_scale", flags.chain_noise_scale,
                 "sigma of those steps, scaled units; their temperature is sigma^2 / (2 alpha)");
  app.add_flag("--chain_metropolis", flags.chain_metropolis,
               "accept or refuse every step of the chains, so that they keep the law of their temperature");
  app.add_flag("--resume", flags.resume, "go on from the state file beside the output");
  app.add_option("--validation_data", flags.data.validation_data, "rows to select on (else a fifth of the data)");
  app.add_option("--test_data", flags.data.test_data, "rows to report on, never selected on");
  app.add_option("--data_step", flags.data.data_step,
                 "what the values of a file are multiples of, such as 1 for whole numbers (0: they are continuous)")
      ->capture_default_str();
  app.add_option("--shape", flags.data.input_shape, "shape of a row, such as 28,28")->delimiter(',');
  ebm::AddThreadsFlag(app, "threads to compute with (0: all cores)", flags.threads);
}

absl::Status TrainWith(Flags flags) {
  absl::StatusOr<ebm::Recipe> recipe = ebm::FindRecipe(flags.recipe);
  if (!recipe.ok()) return recipe.status();
  recipe->max_epochs = flags.epochs.value_or(recipe->max_epochs);
  recipe->learning_rate = flags.learning_rate.value_or(recipe->learning_rate);
  recipe->activation = flags.activation.value_or(recipe->activation);
  const absl::Status usable = ebm::UseFamily(flags.family.value_or(recipe->family), *recipe);
  if (!usable.ok()) return usable;
  const absl::Status stands = ebm::UseBase(flags.base.value_or(recipe->base), *recipe);
  if (!stands.ok()) return stands;
  recipe->blocks_per_group = flags.blocks_per_group.value_or(recipe->blocks_per_group);
  if (!flags.hidden_widths.empty()) recipe->hidden_widths = flags.hidden_widths;
  recipe->chains.steps = flags.chain_steps.value_or(recipe->chains.steps);
  recipe->chains.step_size = flags.chain_step_size.value_or(recipe->chains.step_size);
  recipe->chains.noise_scale = flags.chain_noise_scale.value_or(recipe->chains.noise_scale);
  recipe->chains.metropolis |= flags.chain_metropolis;
  flags.data.seed = flags.seed;
  absl::StatusOr<ebm::TrainingData> data = ebm::LoadTrainingData(flags.data);
  if (!data.ok()) return data.status();
  if (recipe->calibrates) ebm::HoldOutCalibration(*data);
  ebm::PrepareProcess();
  const ebm::RunOptions options{.recipe = *recipe,
                                .output = flags.output,
                                .seed = flags.seed,
                                .resume = flags.resume,
                                .threads = ebm::ThreadsOrAllCores(flags.threads),
                                .terminal = isatty(STDOUT_FILENO) != 0,
                                .code_version = EBM_VERSION};
  return ebm::Train(options, *data, ebm::StopRequested, std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Learns a joint energy model from labelled rows and writes a checkpoint.", "ebm-train");
  Flags flags;
  AddFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  ebm::StopOnSignals();
  return ebm::Finish(app, TrainWith(flags));
}

// ebm-train: learns a joint energy model from labelled rows and writes a checkpoint.
//
// Exit status: 0, trained (or stopped by Ctrl-C with a checkpoint); 1, the machine said no (a full disk, ...); 2,
// usage: a flag, a file or the data in it; 3, diverged beyond saving; 130, stopped with nothing to keep.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/energy/process_settings.h"
#include "model/train/training_data.h"
#include "model/train/training_run.h"

namespace {

constexpr int kUsage = 2;

// Set by the first Ctrl-C; the second ends the process at once.
std::atomic<bool> stop_requested = false;

void HandleSignal(int signal) {
  stop_requested = true;
  std::signal(signal, SIG_DFL);
}

struct Flags {
  ebm::DataOptions data;
  std::string output;
  std::string recipe = "default";
  uint64_t seed = 0;
  std::optional<int64_t> epochs;
  std::optional<double> learning_rate;
  std::string family = ebm::kJemMlp;
  std::vector<int64_t> hidden_widths;
  std::optional<int64_t> blocks_per_group;
  std::optional<std::string> activation;
  bool resume = false;
  int threads = 0;
};

// CLI11 alone would take -1 for the largest number. Empty where the text is good.
std::string CheckSeed(const std::string& text) {
  uint64_t seed = 0;
  return absl::SimpleAtoi(text, &seed) ? "" : absl::StrCat("'", text, "' is not a whole number from 0 to 2^64 - 1");
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--data", flags.data.data,
                 "'digits' (built in), 'fashion-mnist' (from its Debian package), or a CSV or NPY file, gzip or "
                 "not; last column: label")
      ->required();
  app.add_option("--output", flags.output, "the checkpoint to write, ending in .safetensors")->required();
  app.add_option("--recipe", flags.recipe, "default, density or notebook")->capture_default_str();
  app.add_option("--seed", flags.seed, "keys all randomness of the run")
      ->check(CLI::Validator(CheckSeed, "UINT"))
      ->capture_default_str();
  app.add_option("--epochs", flags.epochs, "epochs at most (the recipe's own limit where unset)")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--learning_rate", flags.learning_rate, "in place of the recipe's");
  app.add_option("--family", flags.family,
                 "the network: jem_mlp, a multilayer perceptron, or jem_resnet, a residual convolutional network for "
                 "data with an image's shape")
      ->check(CLI::IsMember({ebm::kJemMlp, ebm::kJemResnet}))
      ->capture_default_str();
  app.add_option("--hidden_widths", flags.hidden_widths,
                 "units of each layer in place of the recipe's, such as 256,256; jem_resnet: channels of each group of "
                 "blocks, such as 16,32,64")
      ->delimiter(',');
  app.add_option("--blocks_per_group", flags.blocks_per_group,
                 "jem_resnet: residual blocks in each group (1 if unset)");
  app.add_option("--activation", flags.activation, "in place of the recipe's: elu, silu, relu, softplus or leaky_relu");
  app.add_flag("--resume", flags.resume, "go on from the state file beside the output");
  app.add_option("--validation_data", flags.data.validation_data, "rows to select on (else a fifth of the data)");
  app.add_option("--test_data", flags.data.test_data, "rows to report on, never selected on");
  app.add_option("--data_step", flags.data.data_step,
                 "what the values of a file are multiples of, such as 1 for whole numbers (0: they are continuous)")
      ->capture_default_str();
  app.add_option("--shape", flags.data.input_shape, "shape of a row, such as 28,28")->delimiter(',');
  app.add_option("--threads", flags.threads, "threads to compute with (0: all cores)")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
}

int ExitStatus(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
      return kUsage;
    case absl::StatusCode::kAborted:
      return 3;
    case absl::StatusCode::kCancelled:
      return 130;
    default:
      return 1;
  }
}

absl::Status TrainWith(Flags flags) {
  absl::StatusOr<ebm::Recipe> recipe = ebm::FindRecipe(flags.recipe);
  if (!recipe.ok()) return recipe.status();
  recipe->max_epochs = flags.epochs.value_or(recipe->max_epochs);
  recipe->learning_rate = flags.learning_rate.value_or(recipe->learning_rate);
  recipe->activation = flags.activation.value_or(recipe->activation);
  if (flags.family == ebm::kJemResnet) ebm::UseResidualNetwork(*recipe);
  recipe->blocks_per_group = flags.blocks_per_group.value_or(recipe->blocks_per_group);
  if (!flags.hidden_widths.empty()) recipe->hidden_widths = flags.hidden_widths;
  flags.data.seed = flags.seed;
  absl::StatusOr<ebm::TrainingData> data = ebm::LoadTrainingData(flags.data);
  if (!data.ok()) return data.status();
  if (recipe->calibrates) ebm::HoldOutCalibration(*data);
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  ebm::PrepareProcess();
  const ebm::RunOptions options{.recipe = *recipe,
                                .output = flags.output,
                                .seed = flags.seed,
                                .resume = flags.resume,
                                .threads = flags.threads > 0 ? flags.threads : static_cast<int>(cores),
                                .terminal = isatty(STDOUT_FILENO) != 0,
                                .code_version = EBM_VERSION};
  return ebm::Train(
      options, *data, [] { return stop_requested.load(); }, std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Learns a joint energy model from labelled rows and writes a checkpoint.", "ebm-train");
  Flags flags;
  AddFlags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    std::cerr << "ebm-train: " << error.what() << '\n';
    return kUsage;
  }
  std::signal(SIGINT, HandleSignal);
  std::signal(SIGTERM, HandleSignal);
  const absl::Status status = TrainWith(flags);
  if (!status.ok()) std::cerr << "ebm-train: " << std::string(status.message()) << '\n';
  return ExitStatus(status);
}

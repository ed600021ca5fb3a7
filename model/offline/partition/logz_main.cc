// ebm-logz: finds ln Z of a checkpoint's model, by annealed importance sampling or exactly, or bounds of it, and writes
// it into the checkpoint.
//
// An estimate can be divided over machines: --weights and --first_chain run a part of its chains, --merge ends it.
//
// Exit status: 0, estimated and written, or bounds printed for a model without an estimate to store them with; 1, an
// error of the system (a full disk, ...); 2, usage: a flag or a file; 3, nothing written: the result is no reliable
// estimate, or there is none to store bounds with in --output, or the file holds another model by now; 130, stopped by
// Ctrl-C, nothing written.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/guarded.h"
#include "model/networks/process_settings.h"
#include "model/offline/partition/log_z_run.h"
#include "model/offline/program/program.h"
#include "model/process/run_program.h"

namespace {

constexpr int kNothingToClaim = 3;
constexpr char kAdaptive[] = "adaptive";
constexpr char kGeometric[] = "geometric";
constexpr char kLinear[] = "linear";
constexpr const char* kOfAnnealing[] = {"--chains", "--steps", "--schedule", "--box", "--seed", "--weights"};
constexpr const char* kNotOfBounds[] = {"--chains", "--steps", "--schedule", "--box", "--weights"};

struct Flags {
  std::string checkpoint;
  std::string output;
  std::string weights;
  std::vector<std::string> parts;
  int64_t first_chain = 0;
  int64_t chains = 1000;
  std::string method = "auto";
  bool anneals = false;  // a flag of annealing is given
  std::string steps = kAdaptive;
  std::vector<float> box;
  uint64_t seed = 0;
  int draws = 1000;
  std::string schedule = kAdaptive;
  int threads = 0;
  std::string format = "table";
};

std::string CheckSteps(const std::string& text) {
  constexpr int64_t kMost = 100'000'000;
  int64_t steps = 0;
  if (text == kAdaptive || (absl::SimpleAtoi(text, &steps) && steps >= 1 && steps <= kMost)) return "";
  return absl::StrCat("'", text, "' is neither '", kAdaptive, "' nor a whole number from 1 to ", kMost);
}

void AddPartFlags(CLI::App& app, Flags& flags) {
  CLI::Option* const weights = app.add_option(
      "--weights", flags.weights,
      "file to write the chains' weights to, as a part of an estimate; nothing is written into the checkpoint");
  app.add_option("--first_chain", flags.first_chain,
                 "number of the first chain; the parts of an estimate have consecutive ranges and equal other flags")
      ->needs(weights)
      ->check(CLI::Range(int64_t{0}, int64_t{4'000'000'000}))
      ->capture_default_str();
  weights->excludes(app.get_option("--output"));
  CLI::Option* const merge = app.add_option(
      "--merge", flags.parts,
      "files that --weights wrote, separated by commas: estimates ln Z from them; the other flags were the parts'");
  merge->delimiter(',');
  for (const char* name : {"--weights", "--method", "--chains", "--steps", "--schedule", "--box", "--seed"}) {
    merge->excludes(app.get_option(name));
  }
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--checkpoint", flags.checkpoint, "the model, a .safetensors file")->required();
  app.add_option("--output", flags.output, "file to write the model with its estimate to (default: the same file)");
  app.add_option(
         "--method", flags.method,
         "ais: annealed importance sampling; exact: the sum over all states of a Boltzmann machine, or variable "
         "elimination; bounds: what ln Z of a Boltzmann machine of binary units lies between, by several methods; "
         "auto: exact where it takes seconds and no flag of ais is given, otherwise ais")
      ->check(CLI::IsMember({"auto", "ais", "exact", "bounds"}))
      ->capture_default_str();
  app.add_option("--chains", flags.chains, "independent chains; fewer than 101 can never give a reliable estimate")
      ->check(CLI::Range(101, 10'000'000))
      ->capture_default_str();
  app.add_option("--steps", flags.steps, "steps per chain and direction; adaptive: chosen by a pilot run")
      ->check(CLI::Validator(CheckSteps, "UINT|adaptive"))
      ->capture_default_str();
  app.add_option("--schedule", flags.schedule,
                 "spacing of the inverse temperatures between base and model: adaptive, chosen by a pilot run for the "
                 "most even weights; geometric or linear")
      ->check(CLI::IsMember({kAdaptive, kGeometric, kLinear}))
      ->capture_default_str();
  app.add_option("--box", flags.box,
                 "lower,upper in scaled units: the box that Z is an integral over, for a model without a base density "
                 "(default: around the data's range and the sampler's clamp)")
      ->delimiter(',')
      ->expected(2);
  app.add_option("--draws", flags.draws, "perturbed maxima per bound, for --method=bounds")
      ->check(CLI::Range(100, 1'000'000))
      ->capture_default_str();
  ebm::AddSeedFlag(app, "seed of all random numbers of the run", flags.seed);
  AddPartFlags(app, flags);
  ebm::AddThreadsFlag(app, "compute threads (0: all cores); the results do not depend on their number", flags.threads);
  app.add_option("--format", flags.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

ebm::BetaSpacing SpacingOf(const std::string& schedule) {
  if (schedule == kGeometric) return ebm::BetaSpacing::kGeometric;
  return schedule == kLinear ? ebm::BetaSpacing::kLinear : ebm::BetaSpacing::kEqualLength;
}

ebm::LogZMethod MethodOf(const Flags& flags) {
  if (flags.method == "exact") return ebm::LogZMethod::kExact;
  if (flags.method == "bounds") return ebm::LogZMethod::kBounds;
  return flags.method == "ais" || flags.anneals ? ebm::LogZMethod::kAnnealing : ebm::LogZMethod::kAuto;
}

ebm::PartitionOptions OptionsOf(const Flags& flags) {
  ebm::PartitionOptions options{.first_chain = flags.first_chain,
                                .chains = flags.chains,
                                .spacing = SpacingOf(flags.schedule),
                                .seed = flags.seed,
                                .threads = ebm::ThreadsOrAllCores(flags.threads)};
  int64_t steps = 0;
  if (absl::SimpleAtoi(flags.steps, &steps)) options.steps = steps;
  return options;
}

ebm::LogZRun RunOf(const Flags& flags) {
  ebm::LogZRun run = {.checkpoint = flags.checkpoint,
                      .output = flags.output.empty() ? flags.checkpoint : flags.output,
                      .method = MethodOf(flags),
                      .box = {},
                      .options = OptionsOf(flags),
                      .draws = flags.draws,
                      .format = flags.format == "json" ? ebm::ReportFormat::kJson : ebm::ReportFormat::kTable};
  if (!flags.box.empty()) run.box = {.lower = flags.box[0], .upper = flags.box[1]};
  return run;
}

absl::Status Run(const Flags& flags) {
  const ebm::LogZRun run = RunOf(flags);
  const ebm::LogZStreams streams = {
      .report = &std::cout, .progress = &std::cerr, .progress_is_terminal = isatty(STDERR_FILENO) != 0};
  if (!flags.parts.empty()) return ebm::MergeLogZ(run, flags.parts, streams);
  if (!flags.weights.empty()) return ebm::EstimatePartOfLogZ(run, flags.weights, streams, ebm::StopRequested);
  return ebm::EstimateLogZ(run, streams, ebm::StopRequested);
}

int Refuse(const CLI::App& app, const std::string& method, std::span<const char* const> names) {
  return ebm::Finish(
      app, absl::InvalidArgumentError(absl::StrCat("--method=", method, ": has no ", absl::StrJoin(names, ", no "))));
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Finds ln Z of a model, by annealed importance sampling or exactly, or bounds of it, and writes it into its "
      "checkpoint.",
      "ebm-logz");
  Flags flags;
  AddFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  const auto has_any = [&app](std::span<const char* const> names) {
    return std::ranges::any_of(names, [&app](const char* name) { return app.get_option(name)->count() > 0; });
  };
  flags.anneals = has_any(kOfAnnealing);
  if (flags.method == "exact" && flags.anneals) return Refuse(app, flags.method, kOfAnnealing);
  if (flags.method == "bounds" && has_any(kNotOfBounds)) return Refuse(app, flags.method, kNotOfBounds);
  ebm::StopOnSignals();
  ebm::PrepareProcess();
  const absl::Status status = ebm::Guarded([&] { return Run(flags); });
  const int exit_status = ebm::Finish(app, status);
  return absl::IsFailedPrecondition(status) ? kNothingToClaim : exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-logz", ebm::ReaderGone::kIsIgnored, [&] { return Main(argc, argv); });
}

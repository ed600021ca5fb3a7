// ebm-logz: estimates ln Z of a checkpoint's model by annealed importance sampling, and writes it into the checkpoint.
//
// Exit status: 0, estimated and written; 1, an error of the system (a full disk, ...); 2, usage: a flag or a file; 3,
// nothing written: the result is no reliable estimate, or the file holds another model by now; 130, stopped by Ctrl-C,
// nothing written.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/refresh.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/io/output_file.h"
#include "model/networks/process_settings.h"
#include "model/offline/partition/checkpoint_estimate.h"
#include "model/offline/partition/estimate_report.h"
#include "model/offline/program/program.h"
#include "model/process/run_program.h"

namespace {

constexpr int kNothingToClaim = 3;
constexpr char kAdaptive[] = "adaptive";
constexpr char kGeometric[] = "geometric";
constexpr char kLinear[] = "linear";

struct Flags {
  std::string checkpoint;
  std::string output;
  int64_t chains = 1000;
  std::string steps = kAdaptive;
  std::vector<float> box;
  uint64_t seed = 0;
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

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--checkpoint", flags.checkpoint, "the model, a .safetensors file")->required();
  app.add_option("--output", flags.output, "file to write the model with its estimate to (default: the same file)");
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
  ebm::AddSeedFlag(app, "seed of all random numbers of the run", flags.seed);
  ebm::AddThreadsFlag(app, "compute threads (0: all cores); the results do not depend on their number", flags.threads);
  app.add_option("--format", flags.format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
}

ebm::BetaSpacing SpacingOf(const std::string& schedule) {
  if (schedule == kGeometric) return ebm::BetaSpacing::kGeometric;
  return schedule == kLinear ? ebm::BetaSpacing::kLinear : ebm::BetaSpacing::kEqualLength;
}

ebm::PartitionOptions OptionsOf(const Flags& flags) {
  ebm::PartitionOptions options{.chains = flags.chains,
                                .spacing = SpacingOf(flags.schedule),
                                .seed = flags.seed,
                                .threads = ebm::ThreadsOrAllCores(flags.threads)};
  int64_t steps = 0;
  if (absl::SimpleAtoi(flags.steps, &steps)) options.steps = steps;
  return options;
}

absl::StatusOr<ebm::PartitionResult> Estimate(const Flags& flags, const ebm::Checkpoint& checkpoint,
                                              const ebm::EstimateBase& base) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<ebm::EnergyModel> model,
                       ebm::MakeEnergyModel(checkpoint.spec, checkpoint.tensors));
  ebm::EstimateProgress progress(&std::cerr, isatty(STDERR_FILENO) != 0);
  const ebm::AnnealingCallbacks callbacks{
      .progress = [&](ebm::AnnealingStage stage, double fraction) { progress.Draw(stage, fraction); },
      .stop_requested = ebm::StopRequested};
  absl::StatusOr<ebm::PartitionResult> result = ebm::EstimateOn(base, *model, OptionsOf(flags), callbacks);
  progress.Clear();
  return result;
}

absl::Status WithMore(const absl::Status& status, const std::string& more) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return absl::FailedPreconditionError(absl::StrCat(status.message(), more));
}

absl::Status WithAdvice(const absl::Status& status, const std::string& advice) {
  return WithMore(status, absl::StrCat("\n", advice));
}

absl::Status Claim(const ebm::PartitionResult& result) {
  return WithAdvice(ebm::CheckClaim(result, {}), ebm::Advice(result));
}

absl::Status RunWith(const Flags& flags) {
  const std::string output = flags.output.empty() ? flags.checkpoint : flags.output;
  EBM_RETURN_IF_ERROR(ebm::CheckReplaceable(output));
  EBM_ASSIGN_OR_RETURN(ebm::Checkpoint checkpoint, ebm::ReadCheckpoint(flags.checkpoint));
  std::optional<ebm::Box> box;
  if (!flags.box.empty()) box = {.lower = flags.box[0], .upper = flags.box[1]};
  EBM_ASSIGN_OR_RETURN(const ebm::EstimateBase base, ebm::ChooseBase(checkpoint, box));
  const absl::StatusOr<ebm::PartitionResult> estimate = Estimate(flags, checkpoint, base);
  if (!estimate.ok()) return WithAdvice(estimate.status(), "try a model with a base density, or another --box");
  const ebm::PartitionResult& result = *estimate;
  EBM_RETURN_IF_ERROR(Claim(result));
  if (output == flags.checkpoint) {
    const std::string estimate =
        absl::StrFormat("; the estimate for the model that was read is ln Z = %.4f, standard error %.4f",
                        result.forward.log_mean, result.standard_error());
    EBM_RETURN_IF_ERROR(WithMore(ebm::RefreshUnlessRetrained(output, checkpoint), estimate));
  }
  checkpoint.partition = ebm::RecordOf(result, base, flags.seed);
  const absl::Status written = ebm::WriteCheckpoint(checkpoint, output);
  const std::string where = written.ok() ? output : "";
  std::cout << (flags.format == "json" ? ebm::EstimateJson(result, *checkpoint.partition, where)
                                       : ebm::EstimateTable(result, *checkpoint.partition, where));
  if (written.ok()) return written;
  return absl::Status(written.code(), absl::StrCat(written.message(),
                                                   "; the estimate is printed but not stored: --output=FILE and the "
                                                   "same seed store it in another file"));
}

int Main(int argc, char** argv) {
  CLI::App app("Estimates ln Z of a model by annealed importance sampling and writes it into its checkpoint.",
               "ebm-logz");
  Flags flags;
  AddFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  ebm::StopOnSignals();
  ebm::PrepareProcess();
  const absl::Status status = ebm::Guarded([&] { return RunWith(flags); });
  const int exit_status = ebm::Finish(app, status);
  return absl::IsFailedPrecondition(status) ? kNothingToClaim : exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-logz", ebm::ReaderGone::kIsIgnored, [&] { return Main(argc, argv); });
}

#include <algorithm>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"
#include "client/cli/divided_sample.h"
#include "client/cli/json_output.h"
#include "client/cli/live_view.h"
#include "client/cli/picture_shape.h"
#include "client/cli/progress_bar.h"
#include "client/cli/sample_assembly.h"
#include "client/cli/sample_flags.h"
#include "client/cli/sample_output.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// Number of frames to request for a progress bar or a live view.
constexpr uint32_t kWatchedFrames = 50;

absl::Status CheckFlags(const SampleFlags& flags, const Console& console) {
  if (flags.parts > 1 && flags.diagnostics) {
    return UsageError("--diagnostics: compares all chains, and cannot be combined with --parts");
  }
  if (!flags.output.empty()) EBM_RETURN_IF_ERROR(CheckOutputPath(flags.output));
  if (!flags.live) return absl::OkStatus();
  if (!console.out_is_terminal) return UsageError("--live: standard output is not a terminal");
  if (flags.connection.format == OutputFormat::kJson) {
    return UsageError("--live: cannot be combined with --format=json");
  }
  return absl::OkStatus();
}

// Runs a request and calls the function for every frame.
using RunRequest = std::function<absl::StatusOr<SampleSummary>(const std::function<void(const SampleFrame&)>&)>;

// Runs the request and shows its progress.
absl::StatusOr<SampleSummary> SampleWatched(const RunRequest& run, uint32_t steps, std::optional<LiveView> live,
                                            std::optional<ProgressBar> bar, SampleAssembly& samples) {
  const auto on_frame = [&](const SampleFrame& frame) {
    samples.Add(frame);
    if (live) live->Show(samples.states(), absl::StrCat("step ", frame.step, " of ", steps));
    if (bar) bar->Show(samples.chain_steps(), samples.chains_ended(), std::chrono::steady_clock::now());
  };
  absl::StatusOr<SampleSummary> summary = run(on_frame);
  if (bar) bar->Clear();
  return summary;
}

absl::StatusOr<SampleSummary> RunChains(const SampleFlags& flags, const Client& client, const ModelDescription& model,
                                        const Console& console, SampleRequest request, SampleAssembly& samples) {
  std::optional<LiveView> live;
  std::optional<ProgressBar> bar;
  const uint32_t steps = request.sampler->steps;
  if (flags.live) {
    EBM_ASSIGN_OR_RETURN(const GalleryLayout layout, AsUsage(GalleryLayoutFor(model, console)));
    live.emplace(console.out, layout, console.lines);
  } else if (console.err_is_terminal) {
    bar.emplace(console.err, request.chains, steps, std::chrono::steady_clock::now());
  }
  const uint32_t watched = live || bar ? std::max(1U, steps / kWatchedFrames) : 0;
  request.frame_interval = flags.frame_interval.value_or(watched);
  const auto run = [&](const std::function<void(const SampleFrame&)>& on_frame) {
    return flags.parts > 1 ? SampleInParts(client, request, flags.parts, on_frame) : client.Sample(request, on_frame);
  };
  return SampleWatched(run, steps, std::move(live), std::move(bar), samples);
}

void WarnOfDiverged(const SampleSummary& summary, const Console& console) {
  for (const DivergedChain& diverged : summary.diverged_chains) {
    console.err << "ebm-client: warning: chain " << diverged.chain << " diverged after step " << diverged.step
                << " and has no sample\n";
  }
}

void PrintTable(const SampleFlags& flags, const SampleRequest& request, const SampleSummary& summary,
                const SampleAssembly& samples, const ModelDescription& model, const Console& console) {
  if (flags.output.empty() && !flags.live) {
    std::vector<std::string> captions;
    captions.reserve(request.chains);
    for (size_t chain = 0; chain < request.chains; ++chain) {
      captions.push_back(absl::StrFormat("%d: %.2f", chain, samples.log_densities()[chain]));
    }
    const absl::StatusOr<GalleryLayout> layout = GalleryLayoutFor(model, console);
    console.out << (layout.ok() ? DrawGallery(samples.states(), captions, *layout)
                                : "the states are not pictures; use --output=FILE.npy or --format=json to get them\n");
  }
  console.out << DescribeSamples(request, summary).Text();
  if (!flags.output.empty()) console.out << "written to " << flags.output << "\n";
}

// What could not be written is not lost.
absl::Status PrintInstead(const absl::Status& error, const std::string& samples, const Console& console) {
  console.out << samples << "\n";
  return absl::Status(error.code(), absl::StrCat(error.message(), "; the samples are printed as JSON instead"));
}

absl::Status Sample(const SampleFlags& flags, const Console& console) {
  EBM_RETURN_IF_ERROR(CheckFlags(flags, console));
  EBM_ASSIGN_OR_RETURN(SampleInputs inputs, ReadSampleInputs(flags));
  EBM_ASSIGN_OR_RETURN(const Client client, Connect(flags.connection));
  EBM_ASSIGN_OR_RETURN(const ModelDescription model, client.GetModel(flags.connection.model));
  EBM_ASSIGN_OR_RETURN(SampleRequest request, MakeSampleRequest(flags, std::move(inputs), model));
  if (flags.parts > 1 && !request.seed.has_value()) request.seed = DrawSeed();  // which all parts share
  EBM_RETURN_IF_ERROR(CheckOutputFits(flags.output, model, request.chains));

  SampleAssembly samples(request.chains, model.num_values());
  EBM_ASSIGN_OR_RETURN(const SampleSummary summary, RunChains(flags, client, model, console, request, samples));
  EBM_RETURN_IF_ERROR(samples.Finish(summary));
  WarnOfDiverged(summary, console);
  if (!flags.output.empty()) {
    std::signal(SIGPIPE, SIG_IGN);  // if the output is a pipe without a reader, that is an error and not the end
    const absl::Status written = WriteSamples(flags.output, samples.states(), model);
    if (!written.ok()) return PrintInstead(written, SampleJson(request, summary, samples, ""), console);
  }
  if (flags.connection.format == OutputFormat::kJson) {
    console.out << SampleJson(request, summary, samples, flags.output) << "\n";
  } else {
    PrintTable(flags, request, summary, samples, model, console);
  }
  if (summary.chains_finished > 0) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("all ", request.chains, " chains diverged; try a smaller --step_size"));
}

}  // namespace

CommandBody AddSampleCommand(CLI::App& command) {
  const auto flags = std::make_shared<SampleFlags>();
  AddSampleFlags(command, *flags);
  return [flags](const Console& console) { return Sample(*flags, console); };
}

}  // namespace ebm::client

#include "client/cli/sample_output.h"

#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "client/cli/command_status.h"
#include "client/cli/picture_shape.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/io/npy.h"
#include "model/io/output_file.h"
#include "model/io/png.h"
#include "model/offline/data/image_sheet.h"

namespace ebm::client {
namespace {

bool IsNpyPath(const std::string& path) { return absl::EndsWith(path, ".npy"); }
bool IsPngPath(const std::string& path) { return absl::EndsWith(path, ".png"); }

absl::StatusOr<SheetLayout> LayoutFor(const ModelDescription& model) {
  EBM_ASSIGN_OR_RETURN(PictureFormat picture, PictureFormatOf(model));
  return SheetLayout{.picture = std::move(picture)};
}

absl::StatusOr<std::string> Sheet(ConstMatrix states, const ModelDescription& model) {
  EBM_ASSIGN_OR_RETURN(const SheetLayout layout, LayoutFor(model));
  return EncodePng(RenderSheet(states, layout));
}

std::string ClampText(const SamplerSettings& settings) {
  if (!settings.clamp_lower && !settings.clamp_upper) return "none";
  if (!settings.clamp_lower) return absl::StrFormat("at most %g", *settings.clamp_upper);
  if (!settings.clamp_upper) return absl::StrFormat("at least %g", *settings.clamp_lower);
  return absl::StrFormat("%g to %g", *settings.clamp_lower, *settings.clamp_upper);
}

std::string SettingText(bool value) { return value ? "yes" : "no"; }
std::string SettingText(uint32_t value) { return absl::StrCat(value); }
std::string SettingText(float value) { return absl::StrFormat("%g", value); }

}  // namespace

absl::Status CheckOutputPath(const std::string& path) {
  if (!IsNpyPath(path) && !IsPngPath(path)) {
    return UsageError(absl::StrCat("--output: '", path, "' ends in neither .npy nor .png"));
  }
  if (const absl::Status writable = CheckWritable(path); !writable.ok()) {
    return UsageError(absl::StrCat("--output: ", writable.message()));
  }
  return absl::OkStatus();
}

absl::Status CheckOutputFits(const std::string& path, const ModelDescription& model, uint32_t chains) {
  if (!IsPngPath(path)) return absl::OkStatus();
  EBM_ASSIGN_OR_RETURN(const SheetLayout layout, AsUsage(LayoutFor(model)));
  const SheetSize size = SizeOfSheet(chains, layout);
  if (size.height <= kMaxPngPixels / size.width) return absl::OkStatus();
  return UsageError(absl::StrCat("--output: a sheet of ", chains, " pictures has ", size.width, " x ", size.height,
                                 " pixels; the limit is ", kMaxPngPixels, "; use fewer --chains or a .npy file"));
}

absl::Status WriteSamples(const std::string& path, ConstMatrix states, const ModelDescription& model) {
  if (IsNpyPath(path)) return WriteFileBytes(SerializeNpy(states), path);
  EBM_ASSIGN_OR_RETURN(const std::string sheet, AsUsage(Sheet(states, model)));
  return WriteFileBytes(sheet, path);
}

void AddSettings(const SamplerSettings& settings, Listing& listing) {
  listing.Add("kernel", std::string(NameOf(settings.kernel)));
  listing.Add("steps", absl::StrCat(settings.steps));
  const auto add = [&listing](absl::string_view name, const auto& value) {
    listing.Add(absl::StrReplaceAll(name, {{"_", " "}}), SettingText(value));
  };
  std::visit([&](const auto& kernel) { ForEachSetting(kernel, add); }, settings.kernel);
  listing.Add("clamp", ClampText(settings));
  listing.Add("start", std::string(NameOf(settings.start)));
}

const SamplerSettings& SettingsOf(const SampleRequest& request, const SampleSummary& summary) {
  return summary.sampler ? *summary.sampler : *request.sampler;
}

std::string NumberOrNone(const std::optional<double>& number) {
  return number ? absl::StrFormat("%.4g", *number) : "none";
}

void AddDiagnostics(const ChainDiagnostics& diagnostics, Listing& listing) {
  listing.Add("R-hat",
              absl::StrFormat("%s for ln p~, at most %s for a coordinate; near 1: the chains agree",
                              NumberOrNone(diagnostics.log_density_r_hat), NumberOrNone(diagnostics.largest_r_hat)));
  listing.Add("effective sample size", absl::StrFormat("%s for ln p~, from %d draws per chain since step %d",
                                                       NumberOrNone(diagnostics.log_density_effective_sample_size),
                                                       diagnostics.draws, diagnostics.first_step));
}

Listing DescribeSamples(const SampleRequest& request, const SampleSummary& summary) {
  Listing listing;
  listing.Add("model", absl::StrCat(summary.model.name, " ", summary.model.version));
  listing.Add("chains", absl::StrCat(request.chains, ": ", summary.chains_finished, " finished, ",
                                     summary.diverged_chains.size(), " diverged"));
  listing.Add("class", request.target_class ? absl::StrCat(*request.target_class) : "any");
  listing.Add("seed", absl::StrCat(summary.seed));
  AddSettings(SettingsOf(request, summary), listing);
  listing.Add("temperature", absl::StrFormat("%g", summary.temperature));
  if (summary.acceptance_rate) listing.Add("accepted", absl::StrFormat("%.1f %%", 100 * *summary.acceptance_rate));
  if (summary.adapted_step_size) {
    listing.Add("adapted step size", absl::StrFormat("%g (median)", *summary.adapted_step_size));
  }
  if (summary.annealing) {
    const char* const integral = request.target_class ? "ln Z + ln p(y)" : "ln Z";
    listing.Add("weights", absl::StrFormat("effective sample size %.4g; %s = %.4f +- %.4f (standard error)",
                                           summary.annealing->effective_sample_size, integral, summary.annealing->log_z,
                                           summary.annealing->log_z_standard_error));
  }
  if (summary.diagnostics) AddDiagnostics(*summary.diagnostics, listing);
  listing.Add("time",
              absl::StrFormat("%.3f s, of which %.3f s in the queue", summary.total_seconds, summary.queue_seconds));
  return listing;
}

}  // namespace ebm::client

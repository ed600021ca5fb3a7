#include "client/cli/sample_flags.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/command_status.h"
#include "client/cli/picture_shape.h"
#include "client/cli/ranges.h"
#include "client/flags/flag_checks.h"
#include "client/flags/model_flags.h"
#include "model/core/status_macros.h"
#include "model/offline/data/digits.h"
#include "model/offline/data/reader.h"
#include "model/process/command_line.h"

namespace ebm::client {
namespace {

constexpr uint64_t kMaxCount = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kMaxParts = 256;  // each has a thread

void AddChainFlags(CLI::App& command, SampleFlags& flags) {
  command
      .add_option("--chains", flags.chains,
                  absl::StrCat("Number of samples (default: one per start state if given, else ",
                               SampleFlags::kDefaultChains, ")"))
      ->type_name("N")
      ->transform(WholeNumber(1, kMaxCount));
  command
      .add_option("--first_chain", flags.first_chain,
                  "Index of the first sample under the seed; several calls can divide the samples of one among them")
      ->type_name("N")
      ->transform(WholeNumber(0, kMaxCount));
  command
      .add_option("--parts", flags.parts,
                  "Divide the samples into so many requests, which run at the same time on the servers behind --server "
                  "(default: 1)")
      ->type_name("N")
      ->transform(WholeNumber(1, kMaxParts));
  command.add_option("--steps", flags.steps, "Steps per chain")->type_name("N")->transform(WholeNumber(1, kMaxCount));
  command.add_option("--class", flags.target_class, "Sample p(x given class K) (default: p(x))")
      ->type_name("K")
      ->transform(WholeNumber(0, std::numeric_limits<int32_t>::max()));
  command
      .add_option("--seed", flags.seed, "Seed; the same seed gives the same samples (default: the server draws one)")
      ->type_name("N")
      ->transform(WholeNumber(0, std::numeric_limits<uint64_t>::max()));
  command
      .add_option_function<std::string>(
          "--priority",
          [&flags](const std::string& text) {
            flags.priority = text == "low" ? Priority::kLow : text == "high" ? Priority::kHigh : Priority::kNormal;
          },
          "Share of the server relative to other requests (default: normal)")
      ->type_name("{low,normal,high}")
      ->check(OneOf({"low", "normal", "high"}));
}

void AddMotionFlags(CLI::App& command, SampleFlags& flags) {
  command.add_option("--step_size", flags.step_size, "Step size alpha, in the model's scaled units")
      ->type_name("A")
      ->check(PositiveNumber());
  auto* const noise =
      command
          .add_option("--noise", flags.noise,
                      "Noise scale sigma, in the model's scaled units; temperature = sigma^2 / (2 alpha)")
          ->type_name("S")
          ->check(NonNegativeNumber());
  command
      .add_option("--temperature", flags.temperature,
                  "Temperature T, instead of --noise: sigma = sqrt(2 alpha T); at 1 chains sample the model's density")
      ->type_name("T")
      ->check(PositiveNumber())
      ->excludes(noise);
  auto* const clamp = command
                          .add_option("--clamp", flags.clamp,
                                      "Clamp states to this interval, in data units; in scaled units if the model's "
                                      "columns have scales of their own")
                          ->type_name("LOWER:UPPER");
  command.add_flag("--no_clamp", flags.no_clamp, "Do not clamp states")->excludes(clamp);
}

// A kernel of this name with its default settings. REQUIRES: there is one.
KernelSettings KindOf(const std::string& name) {
  const auto kinds = KernelKinds();
  return *std::ranges::find(kinds, name, [](const KernelSettings& kind) { return NameOf(kind); });
}

std::vector<std::string> KernelNames() {
  std::vector<std::string> names;
  for (const KernelSettings& kind : KernelKinds()) names.emplace_back(NameOf(kind));
  return names;
}

// Flags that choose the kind of kernel.
void AddKindFlags(CLI::App& command, SampleFlags& flags) {
  auto* const kernel = command
                           .add_option_function<std::string>(
                               "--kernel", [&flags](const std::string& name) { flags.kernel = KindOf(name); },
                               "What a step does (default: the model's)")
                           ->type_name(absl::StrCat("{", absl::StrJoin(KernelNames(), ","), "}"))
                           ->check(OneOf(KernelNames()));
  auto* const adjusted = command
                             .add_flag_callback(
                                 "--metropolis",
                                 [&flags] {
                                   if (!flags.kernel) flags.kernel = MetropolisLangevin();
                                 },
                                 "Accept or reject every step, so that the chains sample exactly at their temperature")
                             ->excludes(kernel);
  auto* const unadjusted = command
                               .add_flag_callback(
                                   "--no_metropolis", [&flags] { flags.kernel = Langevin(); },
                                   "Accept every step, even if the model's default is --metropolis")
                               ->excludes(kernel)
                               ->excludes(adjusted);
  command
      .add_flag_callback(
          "--anneal", [&flags] { flags.kernel = AnnealedLangevin(); },
          "Annealed importance sampling from the model's base density, with --metropolis at temperature 1; each sample "
          "gets a weight (JSON: log_weights)")
      ->excludes(kernel)
      ->excludes(unadjusted);
}

// Settings that some kinds of kernel have.
void AddKernelFlags(CLI::App& command, SampleFlags& flags) {
  auto* const noise_free = command.add_flag_callback(
      "--final_noise_free_step", [&flags] { flags.final_noise_free_step = true; }, "The last step adds no noise");
  command
      .add_flag_callback(
          "--no_final_noise_free_step", [&flags] { flags.final_noise_free_step = false; },
          "The last step adds noise like the others")
      ->excludes(noise_free);
  command
      .add_option("--adaptation_steps", flags.burn_in,
                  "Burn-in: the first N steps also tune the step size towards 57 % acceptance; needs --metropolis")
      ->type_name("N")
      ->transform(WholeNumber(0, kMaxCount));
}

void AddStartFlags(CLI::App& command, SampleFlags& flags) {
  auto* const start =
      command
          .add_option_function<std::string>(
              "--start",
              [&flags](const std::string& text) {
                flags.start = *std::ranges::find(kChainStarts, text, [](ChainStart start) { return NameOf(start); });
              },
              "Begin from uniform noise, from stored chains, or from draws from the model's base density")
          ->type_name("{uniform,buffer,base}")
          ->check(OneOf({"uniform", "buffer", "base"}));
  auto* const file = command
                         .add_option("--start_states", flags.start_states.file,
                                     "Begin from these rows (formats as for classify --input)")
                         ->type_name("FILE")
                         ->excludes(start);
  command.add_option("--start_digit", flags.start_states.digit, "Begin from a row of the embedded digits")
      ->type_name("ROW")
      ->transform(WholeNumber(0, kDigitsRows - 1))
      ->excludes(start)
      ->excludes(file);
  auto* const held = command
                         .add_option("--held", flags.held,
                                     "In-painting mask: CSV or NPY of one number per value of a row, 1 for held at the "
                                     "start value, 0 for free")
                         ->type_name("FILE");
  command.add_option("--held_rows", flags.held_rows, "In-painting: hold these rows of the picture")
      ->type_name("FIRST:COUNT")
      ->excludes(held);
}

void AddOutputFlags(CLI::App& command, SampleFlags& flags) {
  command
      .add_option("--output", flags.output,
                  "Write the samples to a file: .npy, float32 [chains, D], or .png, one sheet")
      ->type_name("FILE");
  command.add_option("--frame_interval", flags.frame_interval, "Stream the states every N steps")
      ->type_name("N")
      ->transform(WholeNumber(1, kMaxCount));
  command.add_flag("--diagnostics", flags.diagnostics,
                   "Report how well the chains mixed: split R-hat and effective sample size over their last half");
  command.add_flag("--live", flags.live, "Draw the states on the terminal while they stream");
}

// What the flags that other kinds of kernel have need.
absl::Status CheckKernelFlags(const SampleFlags& flags, const KernelSettings& kernel) {
  const bool is_adjusted = IsAdjusted(kernel);
  if (flags.final_noise_free_step.value_or(false) && is_adjusted) {
    return UsageError("--final_noise_free_step: the chains accept or reject their steps; add --no_metropolis");
  }
  if (flags.burn_in.value_or(0) > 0 && !std::holds_alternative<MetropolisLangevin>(kernel)) {
    return UsageError("--adaptation_steps: only chains with --metropolis and without --anneal have a burn-in");
  }
  return absl::OkStatus();
}

// Annealed chains run at temperature 1, also if the flags say so.
absl::Status CheckTemperature(const SampleFlags& flags, const Motion& motion) {
  constexpr double kTolerance = 1e-4;  // of single precision in both flags
  if (!flags.noise && !flags.temperature) return absl::OkStatus();
  const double temperature = TemperatureOf(Langevin{motion.step_size, motion.noise_scale});
  if (std::abs(temperature - 1) <= kTolerance) return absl::OkStatus();
  return UsageError(absl::StrCat("--noise, --temperature: chains with --anneal have temperature 1, not ", temperature));
}

absl::Status UseGibbsFlags(const SampleFlags& flags, Gibbs& gibbs) {
  if (flags.step_size || flags.noise) {
    return UsageError("--step_size, --noise: Gibbs chains have neither; --temperature sets how widely they move");
  }
  if (flags.temperature) gibbs.temperature = static_cast<float>(*flags.temperature);
  gibbs.final_noise_free_step = flags.final_noise_free_step.value_or(gibbs.final_noise_free_step);
  return absl::OkStatus();
}

// Makes the kernel the one that the flags ask for. The Gibbs chains of a model with a gradient as well have no step
// size to pass on, but a temperature.
absl::Status UseKindOf(const SampleFlags& flags, const ModelDescription& model, KernelSettings& kernel) {
  if (!flags.kernel) return absl::OkStatus();
  const bool needs_step_size =
      std::holds_alternative<Gibbs>(kernel) && !std::holds_alternative<Gibbs>(*flags.kernel) && !model.has_levels;
  if (!needs_step_size) {
    UseKind(*flags.kernel, kernel);
    return absl::OkStatus();
  }
  if (!flags.step_size) {
    return UsageError("--step_size: needed, because the model's own chains are Gibbs chains, which have none");
  }
  const double temperature = TemperatureOf(kernel);
  UseKind(*flags.kernel, kernel);
  SetMotion({.step_size = *flags.step_size, .noise_scale = NoiseScaleAt(temperature, *flags.step_size)}, kernel);
  return absl::OkStatus();
}

absl::Status UseKernelFlags(const SampleFlags& flags, const ModelDescription& model, KernelSettings& kernel) {
  EBM_RETURN_IF_ERROR(UseKindOf(flags, model, kernel));
  EBM_RETURN_IF_ERROR(CheckKernelFlags(flags, kernel));
  if (auto* const gibbs = std::get_if<Gibbs>(&kernel)) return UseGibbsFlags(flags, *gibbs);
  Motion motion = MotionOf(kernel);
  motion.step_size = flags.step_size.value_or(motion.step_size);
  motion.noise_scale = flags.noise.value_or(motion.noise_scale);
  if (flags.temperature) motion.noise_scale = NoiseScaleAt(*flags.temperature, motion.step_size);
  if (IsWeighted(kernel)) EBM_RETURN_IF_ERROR(CheckTemperature(flags, motion));
  SetMotion(motion, kernel);
  if (auto* const langevin = std::get_if<Langevin>(&kernel)) {
    langevin->final_noise_free_step = flags.final_noise_free_step.value_or(langevin->final_noise_free_step);
  }
  if (auto* const metropolis = std::get_if<MetropolisLangevin>(&kernel)) {
    metropolis->adaptation_steps = flags.burn_in.value_or(metropolis->adaptation_steps);
  }
  return absl::OkStatus();
}

absl::StatusOr<SamplerSettings> SettingsFor(const SampleFlags& flags, const std::optional<DataRange>& clamp,
                                            const ModelDescription& model) {
  if (!model.sampler_defaults) {
    return absl::FailedPreconditionError(
        absl::StrCat("model ", model.identity.name,
                     " has sampler settings that this client does not know; use a newer "
                     "ebm-client"));
  }
  SamplerSettings settings = *model.sampler_defaults;
  settings.steps = flags.steps.value_or(settings.steps);
  EBM_RETURN_IF_ERROR(UseKernelFlags(flags, model, settings.kernel));
  settings.start = flags.start.value_or(IsWeighted(settings.kernel) ? ChainStart::kBase : settings.start);
  if (flags.no_clamp || clamp) {
    settings.clamp_lower = clamp ? std::optional(clamp->minimum) : std::nullopt;
    settings.clamp_upper = clamp ? std::optional(clamp->maximum) : std::nullopt;
  }
  if (IsWeighted(settings.kernel) && (settings.clamp_lower || settings.clamp_upper)) {
    return UsageError("--anneal: the chains have no clamp; add --no_clamp in place of the model's or --clamp");
  }
  return settings;
}

// Returns [D] values of 0 and 1 from a matrix of any shape with D values.
absl::StatusOr<std::vector<uint8_t>> HeldMask(const StoredArray& held, const ModelDescription& model) {
  const std::vector<float>& values = held.rows.values();
  if (static_cast<int64_t>(values.size()) != model.num_values()) {
    return UsageError(absl::StrCat("--held: ", values.size(), " values; model ", model.identity.name, " has ",
                                   model.num_values(), " coordinates"));
  }
  const auto bad = std::ranges::find_if(values, [](float v) { return v != 0.0F && v != 1.0F; });
  if (bad != values.end()) return UsageError(absl::StrCat("--held: value ", *bad, " is neither 0 nor 1"));
  return std::vector<uint8_t>(values.begin(), values.end());
}

absl::StatusOr<std::vector<uint8_t>> HeldPictureRows(const std::string& text, const ModelDescription& model) {
  EBM_ASSIGN_OR_RETURN(const PictureFormat picture, AsUsage(PictureFormatOf(model)));
  const ImageShape& image = picture.shape;
  EBM_ASSIGN_OR_RETURN(const RowRange rows, AsUsage(ParseRowRange("--held_rows", text, image.height)));
  std::vector<uint8_t> mask(static_cast<size_t>(model.num_values()), 0);
  for (int64_t channel = 0; channel < image.channels; ++channel) {
    const int64_t first = channel * image.pixels() + rows.first * image.width;
    std::fill_n(mask.begin() + first, rows.count * image.width, uint8_t{1});
  }
  return mask;
}

absl::Status AddStartStates(const SampleFlags& flags, RawInput input, const ModelDescription& model,
                            SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(LabelledData data, FitToModel(std::move(input), model, LabelUse::kIgnored));
  const int64_t rows = data.rows.rows();
  const int64_t chains = flags.chains ? *flags.chains : rows;
  if (rows != 1 && rows != chains) {
    return UsageError(absl::StrCat("--start_states: ", rows, " rows for ", chains,
                                   " chains; must be 1 or as many as there are chains"));
  }
  request.chains = static_cast<uint32_t>(chains);
  request.sampler->start = ChainStart::kGiven;
  request.start_states = std::move(data.rows);
  return absl::OkStatus();
}

}  // namespace

void AddSampleFlags(CLI::App& command, SampleFlags& flags) {
  AddConnectionFlags(command, flags.connection);
  AddModelFlags(command, flags.connection.model);
  AddChainFlags(command, flags);
  AddMotionFlags(command, flags);
  AddKindFlags(command, flags);
  AddKernelFlags(command, flags);
  AddStartFlags(command, flags);
  AddOutputFlags(command, flags);
  command.footer("Flags that are not given take the model's defaults, which `ebm-client models` shows.");
}

absl::StatusOr<SampleInputs> ReadSampleInputs(const SampleFlags& flags) {
  if (flags.kernel) EBM_RETURN_IF_ERROR(CheckKernelFlags(flags, *flags.kernel));
  SampleInputs inputs;
  if (!flags.clamp.empty()) {
    EBM_ASSIGN_OR_RETURN(inputs.clamp, AsUsage(ParseInterval("--clamp", flags.clamp)));
  }
  if (!flags.start_states.empty()) {
    EBM_ASSIGN_OR_RETURN(inputs.start_states, ReadInput(flags.start_states));
  }
  if (!flags.held.empty()) {
    EBM_ASSIGN_OR_RETURN(inputs.held, AsUsage(ReadArray(flags.held)));
  }
  return inputs;
}

absl::StatusOr<SampleRequest> MakeSampleRequest(const SampleFlags& flags, SampleInputs inputs,
                                                const ModelDescription& model) {
  EBM_ASSIGN_OR_RETURN(const SamplerSettings settings, SettingsFor(flags, inputs.clamp, model));
  SampleRequest request{.model = {model.identity.name, model.identity.version},
                        .chains = flags.chains.value_or(SampleFlags::kDefaultChains),
                        .seed = flags.seed,
                        .target_class = flags.target_class,
                        .sampler = settings,
                        .start_states = {},
                        .held_coordinates = {},
                        .priority = flags.priority,
                        .diagnostics = flags.diagnostics,
                        .first_chain = flags.first_chain};
  if (inputs.start_states) {
    EBM_RETURN_IF_ERROR(AddStartStates(flags, *std::move(inputs.start_states), model, request));
  }
  if (inputs.held) {
    EBM_ASSIGN_OR_RETURN(request.held_coordinates, HeldMask(*inputs.held, model));
  }
  if (!flags.held_rows.empty()) {
    EBM_ASSIGN_OR_RETURN(request.held_coordinates, HeldPictureRows(flags.held_rows, model));
  }
  return request;
}

}  // namespace ebm::client

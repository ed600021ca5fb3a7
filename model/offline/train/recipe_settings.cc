#include "model/offline/train/recipe_settings.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ebm {
namespace {

constexpr double kLargest = std::numeric_limits<double>::max();

template <typename T>
std::string ShortestText(T value) {
  std::array<char, 40> text;
  const std::to_chars_result end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general);
  return {text.data(), end.ptr};
}

RecipeSetting Number(const char* name, double value, double lowest, double highest) {
  return {name, ShortestText(value), value, lowest, highest};
}

RecipeSetting Number(const char* name, float value, double lowest, double highest) {
  return {name, ShortestText(value), value, lowest, highest};
}

RecipeSetting Number(const char* name, int64_t value, double lowest, double highest) {
  return {name, absl::StrCat(value), static_cast<double>(value), lowest, highest};
}

// A number from 0 to `highest`, of which 0 means that the setting is off.
RecipeSetting NumberUnlessZero(const char* name, double value, double highest) {
  return {name, value == 0 ? "" : ShortestText(value), value, 0, highest};
}

// Any finite number.
RecipeSetting Number(const char* name, float value) { return Number(name, value, -kLargest, kLargest); }

RecipeSetting Number(const char* name, const std::optional<float>& value) {
  return value.has_value() ? Number(name, *value) : RecipeSetting{name, "none"};
}

RecipeSetting Text(const char* name, std::string text) { return {name, std::move(text)}; }

RecipeSetting Flag(const char* name, bool value) { return {name, value ? "true" : ""}; }

std::string TextOf(const PictureJitter& jitter) {
  if (!jitter.any()) return "";
  return absl::StrCat("shift ", ShortestText(jitter.shift), ", rotation ", ShortestText(jitter.rotation), ", scale ",
                      ShortestText(jitter.scale), ", shear ", ShortestText(jitter.shear), ", deformation ",
                      ShortestText(jitter.deformation), jitter.mirrors ? ", mirrored" : "");
}

std::vector<RecipeSetting> NetworkSettings(const Recipe& recipe) {
  return {Text("recipe", recipe.name),
          Text("family", recipe.family),
          Text("hidden_widths", absl::StrJoin(recipe.hidden_widths, ",")),
          Text("edges", recipe.edges.empty() ? "" : absl::StrCat(recipe.edges.size())),
          Number("blocks_per_group", recipe.blocks_per_group, 0, 1e6),
          Number("stem_stride", recipe.stem_stride, 1, 1e6),
          Text("activation", recipe.activation),
          Text("base", recipe.base),
          Number("base_evidence", recipe.base_evidence, 0, 1)};
}

std::string CalibrationText(const Recipe& recipe) {
  if (!recipe.calibrates) return "";
  if (recipe.calibration_folds == 0) return "on every second validation row";
  return absl::StrCat("on all rows, held out by ", recipe.calibration_folds, " folds");
}

std::vector<RecipeSetting> ScheduleSettings(const Recipe& recipe) {
  const std::string decay = recipe.cosine_decay ? absl::StrCat("cosine over ", recipe.max_epochs, " epochs") : "";
  return {Text("optimiser", "adamax"),
          Number("learning_rate", recipe.learning_rate, 1e-9, 10),
          Number("warmup_batches", recipe.warmup_batches, 0, 1e9),
          Text("learning_rate_decay", decay),
          Number("batch_size", recipe.batch_size, 1, 65536),
          Number("max_epochs", recipe.max_epochs, 1, 1e6),
          Number("patience", recipe.patience, 1, 1e6),
          Number("average_decay", recipe.average_decay, 0, 0.99999),
          Text("kept", recipe.keeps_last ? "last" : ""),
          Number("selection_density_weight", recipe.selection_density_weight, 0, 100),
          Number("divergence_gap", recipe.divergence_gap, 0, 1e6),
          Number("max_rollbacks", int64_t{recipe.max_rollbacks}, 0, 1000),
          Text("calibrates", CalibrationText(recipe))};
}

std::vector<RecipeSetting> LossSettings(const Recipe& recipe) {
  const std::string jitter = TextOf(recipe.density_jitter);
  const bool is_usual = recipe.objective == Objective::kPersistentChains;
  return {Text("objective", is_usual ? "" : NameOf(recipe.objective)),
          Number("density_weight", recipe.density_weight, 0, 100),
          Number("energy_penalty", recipe.energy_penalty, 0, 100),
          NumberUnlessZero("weight_penalty", recipe.weight_penalty, 100),
          Flag("density_of_plain_rows", recipe.density_of_plain_rows),
          Text("density_jitter", jitter.empty() ? "" : jitter + ", of every second row"),
          Number("mirrored_share", recipe.mirrored_share, 0, 0.9),
          Number("warped_share", recipe.warped_share, 0, 0.9 - recipe.mirrored_share),
          Text("warp", TextOf(recipe.warp))};
}

std::vector<RecipeSetting> RowSettings(const Recipe& recipe) {
  const PictureJitter& jitter = recipe.jitter;
  return {Number("jitter_shift", jitter.shift, 0, 100),
          Number("jitter_rotation", jitter.rotation, 0, 3.2),
          Number("jitter_scale", jitter.scale, 0, 0.9),
          Number("jitter_shear", jitter.shear, 0, 0.9),
          Number("jitter_deformation", jitter.deformation, 0, 100),
          Flag("jitter_mirrors", jitter.mirrors),
          Number("data_noise", recipe.data_noise, 0, 10),
          Flag("ignores_labels", recipe.ignores_labels)};
}

std::vector<RecipeSetting> ContrastSettings(const ChainRecipe& chains) {
  const SamplerSettings& sampler = chains.sampler;
  const Motion motion = MotionOf(sampler.kernel);
  return {Number("chain_steps", int64_t{sampler.steps}, sampler.start == ChainStart::kBase ? 0 : 1, 100000),
          Text("chain_kernel", std::string(NameOf(sampler.kernel))),
          Number("chain_step_size", motion.step_size, 1e-9, 1e3),
          Number("chain_noise_scale", motion.noise_scale, 0, 1e3),
          Number("chain_adaptation_steps", int64_t{BurnInOf(sampler.kernel)}, 0, 100000),
          Text("chain_start", std::string(NameOf(sampler.start))),
          Number("chain_start_lower", sampler.start_lower),
          Number("chain_start_upper", sampler.start_upper),
          Number("chain_clamp_lower", sampler.clamp_lower),
          Number("chain_clamp_upper", sampler.clamp_upper),
          Number("buffer_size", chains.buffer_size, 0, 1e6),
          Number("refresh_probability", chains.refresh_probability, 0, 1)};
}

// SamplerSettings::Validate has the limits.
std::vector<RecipeSetting> SamplerSettingsOf(const SamplerSettings& sampler) {
  const Motion motion = MotionOf(sampler.kernel);
  const auto* const langevin = std::get_if<Langevin>(&sampler.kernel);
  const auto* const gibbs = std::get_if<Gibbs>(&sampler.kernel);
  const bool has_noise_free_step = gibbs != nullptr && gibbs->final_noise_free_step;
  return {Number("sampler_steps", int64_t{sampler.steps}, 0, kLargest),
          Text("sampler_kernel", std::string(NameOf(sampler.kernel))),
          Number("sampler_step_size", motion.step_size),
          Number("sampler_noise_scale", motion.noise_scale),
          Number("sampler_adaptation_steps", int64_t{BurnInOf(sampler.kernel)}, 0, kLargest),
          Flag("sampler_final_noise_free_step",
               has_noise_free_step || (langevin != nullptr && langevin->final_noise_free_step)),
          Text("sampler_temperature", gibbs != nullptr ? ShortestText(gibbs->temperature) : ""),
          Text("sampler_start", std::string(NameOf(sampler.start))),
          Number("sampler_start_lower", sampler.start_lower),
          Number("sampler_start_upper", sampler.start_upper),
          Number("sampler_clamp_lower", sampler.clamp_lower),
          Number("sampler_clamp_upper", sampler.clamp_upper)};
}

}  // namespace

std::vector<RecipeSetting> ListSettings(const Recipe& recipe) {
  std::vector<RecipeSetting> settings;
  for (const std::vector<RecipeSetting>& group :
       {NetworkSettings(recipe), ScheduleSettings(recipe), LossSettings(recipe), RowSettings(recipe),
        ContrastSettings(recipe.chains), SamplerSettingsOf(recipe.sampler)}) {
    settings.insert(settings.end(), group.begin(), group.end());
  }
  return settings;
}

}  // namespace ebm

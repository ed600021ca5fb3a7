#include "model/checkpoint/sampler_section.h"

#include <cstdint>
#include <optional>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/checkpoint/checkpoint_fields.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

struct SamplerSection {
  uint32_t steps = 0;
  bool gibbs = false;
  float temperature = 1;
  float step_size = 0;
  float noise_scale = 0;
  float start_lower = 0;
  float start_upper = 0;
  bool start_from_buffer = false;
  bool start_from_base = false;
  std::optional<float> clamp_lower;
  std::optional<float> clamp_upper;
  bool final_noise_free_step = false;
  bool metropolis = false;
  uint32_t adaptation_steps = 0;
};

template <typename Visitor, MaybeConst<SamplerSection> Section>
void VisitGibbsFields(Visitor& visitor, Section& section) {
  visitor.Field("temperature", section.temperature);
  visitor.Field("start_from_buffer", section.start_from_buffer);
  visitor.Field("start_from_base", section.start_from_base);
  visitor.Field("final_noise_free_step", section.final_noise_free_step);
  visitor.OptionalField("start_lower", section.start_lower, SamplerSettings().start_lower);
  visitor.OptionalField("start_upper", section.start_upper, SamplerSettings().start_upper);
}

template <typename Visitor, MaybeConst<SamplerSection> Section>
void VisitFields(Visitor& visitor, Section& section) {
  visitor.Field("steps", section.steps);
  visitor.OptionalField("gibbs", section.gibbs, false);
  if (section.gibbs) return VisitGibbsFields(visitor, section);
  visitor.Field("step_size", section.step_size);
  visitor.Field("noise_scale", section.noise_scale);
  visitor.Field("start_lower", section.start_lower);
  visitor.Field("start_upper", section.start_upper);
  visitor.Field("start_from_buffer", section.start_from_buffer);
  visitor.Field("clamp_lower", section.clamp_lower);
  visitor.Field("clamp_upper", section.clamp_upper);
  visitor.Field("final_noise_free_step", section.final_noise_free_step);
  visitor.OptionalField("start_from_base", section.start_from_base, false);
  visitor.OptionalField("metropolis", section.metropolis, false);
  visitor.OptionalField("adaptation_steps", section.adaptation_steps, uint32_t{0});
}

SamplerSection ToSection(const SamplerSettings& settings) {
  if (const auto* const gibbs = std::get_if<Gibbs>(&settings.kernel)) {
    return {.steps = settings.steps,
            .gibbs = true,
            .temperature = gibbs->temperature,
            .start_lower = settings.start_lower,
            .start_upper = settings.start_upper,
            .start_from_buffer = settings.start == ChainStart::kBuffer,
            .start_from_base = settings.start == ChainStart::kBase,
            .final_noise_free_step = gibbs->final_noise_free_step};
  }
  const Motion motion = MotionOf(settings.kernel);
  const auto* const langevin = std::get_if<Langevin>(&settings.kernel);
  const auto* const metropolis = std::get_if<MetropolisLangevin>(&settings.kernel);
  return {.steps = settings.steps,
          .step_size = motion.step_size,
          .noise_scale = motion.noise_scale,
          .start_lower = settings.start_lower,
          .start_upper = settings.start_upper,
          .start_from_buffer = settings.start == ChainStart::kBuffer,
          .start_from_base = settings.start == ChainStart::kBase,
          .clamp_lower = settings.clamp_lower,
          .clamp_upper = settings.clamp_upper,
          .final_noise_free_step = langevin != nullptr && langevin->final_noise_free_step,
          .metropolis = metropolis != nullptr,
          .adaptation_steps = metropolis != nullptr ? metropolis->adaptation_steps : 0};
}

// REQUIRES: at most one of the section's starts.
ChainStart StartOf(const SamplerSection& section) {
  if (section.start_from_buffer) return ChainStart::kBuffer;
  return section.start_from_base ? ChainStart::kBase : ChainStart::kUniform;
}

SamplerSettings GibbsSettingsOf(const SamplerSection& section) {
  return {.steps = section.steps,
          .kernel = Gibbs{.temperature = section.temperature, .final_noise_free_step = section.final_noise_free_step},
          .start = StartOf(section),
          .start_lower = section.start_lower,
          .start_upper = section.start_upper};
}

absl::StatusOr<SamplerSettings> FromSection(const SamplerSection& section) {
  if (section.metropolis && section.final_noise_free_step) {
    return absl::InvalidArgumentError(
        "sampler.final_noise_free_step: true, must be false if sampler.metropolis is true");
  }
  if (!section.metropolis && section.adaptation_steps > 0) {
    return absl::InvalidArgumentError(absl::StrCat("sampler.adaptation_steps: ", section.adaptation_steps,
                                                   ", must be 0 if sampler.metropolis is false"));
  }
  if (section.start_from_base && section.start_from_buffer) {
    return absl::InvalidArgumentError(
        "sampler.start_from_base: true, must be false if sampler.start_from_buffer is true");
  }
  if (section.gibbs) return GibbsSettingsOf(section);
  SamplerSettings settings = {.steps = section.steps,
                              .start_lower = section.start_lower,
                              .start_upper = section.start_upper,
                              .clamp_lower = section.clamp_lower,
                              .clamp_upper = section.clamp_upper};
  settings.start = StartOf(section);
  if (section.metropolis) {
    settings.kernel = MetropolisLangevin{.step_size = section.step_size,
                                         .noise_scale = section.noise_scale,
                                         .adaptation_steps = section.adaptation_steps};
  } else {
    settings.kernel = Langevin{.step_size = section.step_size,
                               .noise_scale = section.noise_scale,
                               .final_noise_free_step = section.final_noise_free_step};
  }
  return settings;
}

}  // namespace

bool IsWritable(const KernelSettings& kernel) { return !IsWeighted(kernel); }

std::string WriteSamplerSection(const SamplerSettings& settings) { return SectionText(ToSection(settings)); }

absl::StatusOr<SamplerSettings> ReadSamplerSection(absl::string_view text, absl::string_view name) {
  SamplerSection section;
  EBM_RETURN_IF_ERROR(ParseSection(text, name, section));
  return FromSection(section);
}

}  // namespace ebm

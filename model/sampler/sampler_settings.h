// How chains move: the settings that a checkpoint holds as its defaults, that training runs with, that requests carry,
// and that samples are drawn with.
//
// Units: the start box is in the model's scaled units. The clamp has the units of the states: scaled units in model/,
// data units on the wire and in the client.
//
// Errors: Validate returns InvalidArgument with the field, the value and the limit.
//
// Threads: plain data.

#ifndef EBM_MODEL_SAMPLER_SAMPLER_SETTINGS_H_
#define EBM_MODEL_SAMPLER_SAMPLER_SETTINGS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "model/sampler/kernel_settings.h"

namespace ebm {

// Where chains begin.
enum class ChainStart {
  kUniform,  // uniformly in the start box
  kBuffer,   // at stored states of replayed chains
  kGiven,    // at states that the caller gives
  kBase      // at exact draws from the base density
};
inline constexpr ChainStart kChainStarts[] = {ChainStart::kUniform, ChainStart::kBuffer, ChainStart::kGiven,
                                              ChainStart::kBase};
// "uniform", "buffer", "given" or "base".
absl::string_view NameOf(ChainStart start);

// The number of first steps that also tune the kernel; 0 for kernels that are not tuned.
uint32_t BurnInOf(const KernelSettings& kernel);
// InvalidArgument, with the setting, if chains carry more from step to step than their state: they could not be
// continued from it.
absl::Status CheckContinuable(const KernelSettings& kernel);

struct SamplerSettings {
  uint32_t steps = 20;
  KernelSettings kernel;
  ChainStart start = ChainStart::kUniform;
  float start_lower = -1.0F;  // the start box
  float start_upper = 1.0F;
  std::optional<float> clamp_lower;  // states stay at or above it; unset: no limit
  std::optional<float> clamp_upper;

  absl::Status Validate() const;

  friend bool operator==(const SamplerSettings&, const SamplerSettings&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_SAMPLER_SETTINGS_H_

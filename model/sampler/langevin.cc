#include "model/sampler/langevin.h"

#include <algorithm>
#include <limits>
#include <variant>

#include "model/core/random.h"

namespace ebm {
namespace {

bool IsNoiseFree(const SamplerSettings& settings, uint32_t step) {
  const auto* const langevin = std::get_if<Langevin>(&settings.kernel);
  return langevin != nullptr && langevin->final_noise_free_step && step + 1 == settings.steps;
}

void AddNoise(ChainBatch& chains, int64_t row) {
  const ChainSettings& settings = chains.settings(row);
  const float scale = chains.motion(row).noise_scale;
  if (scale == 0.0F || IsNoiseFree(settings.sampler, chains.step(row))) return;
  const std::span<float> state = chains.states().row(row);
  const std::span<float> noise = chains.noise();
  FillNormal({.seed = settings.seed, .chain = settings.chain, .step = chains.step(row)}, noise);
  for (size_t i = 0; i < state.size(); ++i) state[i] += scale * noise[i];
}

// Clamps by comparison, not std::clamp, so that a NaN passes through and is detected.
float Clamp(float value, float lower, float upper) {
  if (value < lower) return lower;
  return value > upper ? upper : value;
}

void MoveRow(ChainBatch& chains, int64_t row) {
  const float step_size = chains.motion(row).step_size;
  const std::span<float> state = chains.states().row(row);
  const std::span<float> gradient = chains.gradient().row(row);
  const std::span<const uint8_t> free = chains.free_coordinates(row);
  // The row of the gradient is not needed once it is added, so it then holds the old state for the held coordinates.
  for (size_t i = 0; i < state.size(); ++i) {
    const float before = state[i];
    state[i] += step_size * gradient[i];
    gradient[i] = before;
  }
  AddNoise(chains, row);
  const SamplerSettings& sampler = chains.settings(row).sampler;
  const float lower = sampler.clamp_lower.value_or(-std::numeric_limits<float>::infinity());
  const float upper = sampler.clamp_upper.value_or(std::numeric_limits<float>::infinity());
  for (float& value : state) value = Clamp(value, lower, upper);
  for (size_t i = 0; i < free.size(); ++i) {
    if (free[i] == 0) state[i] = gradient[i];
  }
  chains.set_step(row, chains.step(row) + 1);
}

}  // namespace

void LangevinKernel::Step(ChainBatch& chains) const {
  model_.Evaluate(chains.states(), chains.classes(), chains.log_density(), chains.gradient());
  for (int64_t row = 0; row < chains.rows(); ++row) MoveRow(chains, row);
}

}  // namespace ebm

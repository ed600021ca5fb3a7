#include "model/sampler/langevin.h"

#include <algorithm>

#include "model/core/random.h"

namespace ebm {
namespace {

void AddNoise(const ChainSettings& settings, uint32_t step, std::span<float> noise, std::span<float> state) {
  if (settings.noise_scale == 0.0F || step == settings.noise_free_step) return;
  FillNormal({.seed = settings.seed, .chain = settings.chain, .step = step}, noise);
  for (size_t i = 0; i < state.size(); ++i) state[i] += settings.noise_scale * noise[i];
}

// Clamps by comparison, not std::clamp, so that a NaN passes through and is detected.
float Clamp(float value, float lower, float upper) {
  if (value < lower) return lower;
  return value > upper ? upper : value;
}

void MoveRow(ChainBatch& chains, int64_t row) {
  const ChainSettings& settings = chains.settings(row);
  const std::span<float> state = chains.states().row(row);
  const std::span<float> gradient = chains.gradient().row(row);
  const std::span<const uint8_t> free = chains.free_coordinates(row);
  // The row of the gradient is not needed once it is added, so it then holds the old state for the held coordinates.
  for (size_t i = 0; i < state.size(); ++i) {
    const float before = state[i];
    state[i] += settings.step_size * gradient[i];
    gradient[i] = before;
  }
  AddNoise(settings, chains.step(row), chains.noise(), state);
  for (float& value : state) value = Clamp(value, settings.clamp_lower, settings.clamp_upper);
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

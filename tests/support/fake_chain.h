// Chains whose states are pure functions of their task, and an oracle for them.

#ifndef EBM_TESTS_SUPPORT_FAKE_CHAIN_H_
#define EBM_TESTS_SUPPORT_FAKE_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "server/batching/chain_engine.h"
#include "server/batching/task.h"

namespace ebm::batching {

class FakeSettings final : public OpaqueSettings {
 public:
  uint64_t seed = 0;
  float step_size = 1.0F;
  uint32_t tuning_steps = 0;  // the number of first steps that also tune step_size
  bool adjusted = false;      // steps are accepted or rejected
};

inline const FakeSettings& FakeSettingsOf(const OpaqueSettings& settings) {
  return static_cast<const FakeSettings&>(settings);
}

// Gives the task settings of its own, to be changed.
inline FakeSettings& ChangeSettings(SampleTask& task) {
  auto settings = std::make_shared<FakeSettings>(FakeSettingsOf(*task.settings));
  task.settings = settings;
  return *settings;
}

// Uniform in [-1, 1) and a pure function of its arguments (SplitMix64 of their mix).
inline float FakeNoise(uint64_t seed, uint32_t chain, uint32_t step, size_t coordinate) {
  uint64_t z = seed * 0x9E3779B97F4A7C15U + chain * 0xD1B54A32D192ED03U + step * 0x8CB92BA72F3D8DD7U + coordinate;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return static_cast<float>(static_cast<int64_t>(z) >> 40) / static_cast<float>(1 << 23);
}

// One step of a chain that has done `step` steps: x <- 0.9 x + step_size * noise on the free coordinates. Every
// step that tunes multiplies step_size by 0.9.
inline void FakeStep(const FakeSettings& settings, uint32_t chain, uint32_t step,
                     std::span<const uint8_t> free_coordinates, std::span<float> state, ChainProgress& progress) {
  for (size_t d = 0; d < state.size(); ++d) {
    if (!free_coordinates.empty() && free_coordinates[d] == 0) continue;
    state[d] = 0.9F * state[d] + progress.step_size * FakeNoise(settings.seed, chain, step, d);
  }
  if (step < settings.tuning_steps) progress.step_size *= 0.9F;
}

inline float FakeLogDensity(std::span<const float> state) {
  return -std::inner_product(state.begin(), state.end(), state.begin(), 0.0F);
}

// Where a chain starts if its task does not say: [dimension].
inline std::vector<float> FakeStart(uint64_t seed, uint32_t chain, size_t dimension) {
  std::vector<float> state(dimension);
  for (size_t d = 0; d < dimension; ++d) state[d] = FakeNoise(~seed, chain, 0, d);
  return state;
}

inline ChainProgress FakeProgressAtStart(const FakeSettings& settings) { return {.step_size = settings.step_size}; }

// The oracle: the state of a chain after `steps` steps, computed alone.
inline std::vector<float> FakeChainAfter(const SampleTask& task, uint32_t chain, uint32_t steps) {
  const size_t dimension = task.states.size() / task.chains;
  const auto start = task.states.begin() + static_cast<ptrdiff_t>(chain * dimension);
  std::vector<float> state(start, start + static_cast<ptrdiff_t>(dimension));
  const FakeSettings& settings = FakeSettingsOf(*task.settings);
  ChainProgress progress = FakeProgressAtStart(settings);
  for (uint32_t step = task.first_step; step < steps; ++step) {
    FakeStep(settings, chain, step, task.free_coordinates, state, progress);
  }
  return state;
}

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_FAKE_CHAIN_H_

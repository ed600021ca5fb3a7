#include "model/annealing/weighted_chains.h"

#include <algorithm>
#include <limits>

namespace ebm {

void WeightedChains::Set(int64_t row, const ChainSettings& settings, uint32_t step, double log_weight,
                         std::span<const float> state) {
  log_weights_[row] = log_weight;
  if (annealed_.Set(row, settings, step, state)) return;
  std::ranges::fill(chains().states().row(row), std::numeric_limits<float>::quiet_NaN());
}

void WeightedChains::Copy(int64_t from, int64_t to) {
  annealed_.Copy(from, to);
  log_weights_[to] = log_weights_[from];
}

void WeightedChains::Step() {
  for (int64_t row = 0; row < annealed_.rows(); ++row) {
    const SamplerSettings& sampler = chains().settings(row).sampler;
    const double steps = sampler.steps;
    log_weights_[row] += annealed_.log_ratio(row) / steps;
    annealed_.MoveTo(row, (chains().step(row) + 1) / steps, MotionOf(sampler.kernel).step_size);
  }
  annealed_.Step();
}

}  // namespace ebm

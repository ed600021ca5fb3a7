#include "model/annealing/annealed_chains.h"

#include <cmath>
#include <utility>

namespace ebm {

AnnealedChains::AnnealedChains(const Bridge& bridge, int64_t capacity)
    : box_(bridge.box),
      chains_(capacity, bridge.base.dimension()),
      density_(bridge.model, bridge.base, capacity),
      at_states_(capacity, bridge.base.dimension()),
      accepted_(capacity) {
  chains_.set_rows(0);
}

AnnealedChains::AnnealedChains(const Bridge& bridge, uint64_t seed, uint32_t first_chain, ConstMatrix states)
    : AnnealedChains(bridge, states.rows()) {
  chains_.set_rows(states.rows());
  for (int64_t row = 0; row < rows(); ++row) {
    const ChainSettings settings{
        .seed = seed,
        .chain = first_chain + static_cast<uint32_t>(row),
        .sampler = {.kernel = AnnealedLangevin(), .clamp_lower = box_.lower, .clamp_upper = box_.upper}};
    chains_.Set(row, settings, 0, states.row(row), {});
  }
  density_.Evaluate(states, chains_.classes(), chains_.log_density(), chains_.gradient());
  at_states_ = density_.ends();
  for (int64_t row = 0; row < rows(); ++row) valid_ = valid_ && std::isfinite(log_ratio(row));
}

// Uses row 0 of the density's values of its last Evaluate as scratch: the next step overwrites it.
bool AnnealedChains::Set(int64_t row, const ChainSettings& settings, uint32_t step, std::span<const float> state) {
  chains_.Set(row, settings, step, state, {});
  density_.Evaluate(std::as_const(chains_).states().rows_from(row, 1), chains_.classes().subspan(row, 1),
                    chains_.log_density().subspan(row, 1), chains_.gradient().rows_from(row, 1));
  at_states_.CopyRow(density_.ends(), 0, row);
  accepted_[row] = 0;
  return std::isfinite(log_ratio(row));
}

void AnnealedChains::Copy(int64_t from, int64_t to) {
  chains_.Copy(from, to);
  at_states_.CopyRow(at_states_, from, to);
  accepted_[to] = accepted_[from];
}

// The batch's log density and gradient are those at the old beta; they are computed for the new one from both ends.
void AnnealedChains::MoveTo(int64_t row, double beta, float step_size) {
  density_.set_beta(row, beta);
  chains_.set_motion(row, {.step_size = step_size, .noise_scale = NoiseScaleAt(1, step_size)});
  chains_.log_density()[row] = at_states_.Bridge(beta, row, chains_.gradient().row(row));
  chains_.set_evaluated(row);
}

void AnnealedChains::MoveTo(double beta, float step_size) {
  for (int64_t row = 0; row < rows(); ++row) MoveTo(row, beta, step_size);
}

int64_t AnnealedChains::Step() {
  kernel_.Step(chains_);
  int64_t accepted = 0;
  for (int64_t row = 0; row < rows(); ++row) {
    if (chains_.TakeAccepted(row) == 0) continue;
    at_states_.CopyRow(density_.ends(), row, row);
    ++accepted_[row];
    ++accepted;
  }
  return accepted;
}

}  // namespace ebm

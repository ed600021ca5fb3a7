#include "model/partition/annealed_chains.h"

#include <cmath>

namespace ebm {

AnnealedChains::AnnealedChains(const Bridge& bridge, uint64_t seed, uint32_t first_chain, ConstMatrix states)
    : chains_(states.rows(), states.cols()),
      density_(bridge.model, bridge.base, states.rows()),
      at_states_(states.rows(), states.cols()) {
  for (int64_t row = 0; row < rows(); ++row) {
    const ChainSettings settings{.seed = seed,
                                 .chain = first_chain + static_cast<uint32_t>(row),
                                 .clamp_lower = bridge.box.lower,
                                 .clamp_upper = bridge.box.upper};
    chains_.Set(row, settings, 0, states.row(row), {});
  }
  density_.Evaluate(states, chains_.classes(), chains_.log_density(), chains_.gradient());
  at_states_ = density_.ends();
  for (int64_t row = 0; row < rows(); ++row) valid_ = valid_ && std::isfinite(log_ratio(row));
}

// What the batch knows of its states holds at the old beta; the ends give it at the new one.
void AnnealedChains::MoveTo(double beta, float step_size) {
  density_.set_beta(beta);
  for (int64_t row = 0; row < rows(); ++row) {
    chains_.set_motion(row, step_size, std::sqrt(2 * step_size));
    chains_.log_density()[row] = at_states_.Bridge(beta, row, chains_.gradient().row(row));
    chains_.set_evaluated(row);
  }
}

int64_t AnnealedChains::Step() {
  kernel_.Step(density_, chains_);
  int64_t accepted = 0;
  for (int64_t row = 0; row < rows(); ++row) {
    if (chains_.TakeAccepted(row) == 0) continue;
    at_states_.CopyRow(density_.ends(), row);
    ++accepted;
  }
  return accepted;
}

}  // namespace ebm

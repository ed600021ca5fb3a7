#include "model/sampler/gibbs.h"

#include <span>
#include <variant>

namespace ebm {
namespace {

SweepSettings SweepOf(const ChainBatch& chains, int64_t row) {
  const ChainSettings& settings = chains.settings(row);
  const auto& gibbs = std::get<Gibbs>(settings.sampler.kernel);
  const bool is_last = chains.step(row) + 1 == settings.sampler.steps;
  return {.seed = settings.seed,
          .chain = settings.chain,
          .step = chains.step(row),
          .target_class = settings.target_class,
          .temperature = gibbs.temperature,
          .takes_mode = gibbs.final_noise_free_step && is_last,
          .free_coordinates = chains.free_coordinates(row)};
}

}  // namespace

void GibbsKernel::Step(ChainBatch& chains) const {
  const std::span<SweepSettings> sweeps = chains.sweeps();
  for (int64_t row = 0; row < chains.rows(); ++row) sweeps[row] = SweepOf(chains, row);
  model_.Sweep(sweeps, chains.states(), chains.log_density());
  for (int64_t row = 0; row < chains.rows(); ++row) chains.set_step(row, chains.step(row) + 1);
}

}  // namespace ebm

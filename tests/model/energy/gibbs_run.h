// Independent Gibbs chains of a small model, for tests of their law.

#ifndef EBM_TESTS_MODEL_ENERGY_GIBBS_RUN_H_
#define EBM_TESTS_MODEL_ENERGY_GIBBS_RUN_H_

#include <cstdint>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/gibbs.h"

namespace ebm {

struct GibbsRun {
  int steps = 40;
  Gibbs kernel;
  int32_t target_class = kNoClass;
  std::vector<float> start;  // empty: zeros
  std::vector<uint8_t> free;
  int64_t chains = 40000;
};

// The chains after the run's steps.
inline ChainBatch ChainsOf(const EnergyModel& model, const GibbsRun& run) {
  ChainBatch chains(run.chains, model.dimension());
  const std::vector<float> zeros(static_cast<size_t>(model.dimension()));
  for (int64_t row = 0; row < run.chains; ++row) {
    chains.Set(row,
               {.seed = 271,
                .chain = static_cast<uint32_t>(row),
                .target_class = run.target_class,
                .sampler = {.steps = static_cast<uint32_t>(run.steps), .kernel = run.kernel}},
               0, run.start.empty() ? zeros : run.start, run.free);
  }
  const GibbsKernel kernel(*model.block_conditionals());
  for (int step = 0; step < run.steps; ++step) kernel.Step(chains);
  return chains;
}

}  // namespace ebm

#endif  // EBM_TESTS_MODEL_ENERGY_GIBBS_RUN_H_

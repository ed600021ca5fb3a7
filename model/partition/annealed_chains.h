// Chains on the bridge from a base density to a model (bridged_density.h): they move along beta, and by Metropolis-
// adjusted Langevin steps at temperature 1 (model/sampler/metropolis_langevin.h) where they stand.
//
// One evaluation of model and base a step: moving along beta costs none. A proposal outside of the box, or without a
// density, is refused, so chains stay where they may be.
//
// Threads: one. model and base are borrowed.

#ifndef EBM_MODEL_PARTITION_ANNEALED_CHAINS_H_
#define EBM_MODEL_PARTITION_ANNEALED_CHAINS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/partition/bridged_density.h"
#include "model/partition/uniform_base.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/metropolis_langevin.h"

namespace ebm {

// What chains run on. All are borrowed.
struct Bridge {
  const LogDensityGradient& model;
  const BaseDensity& base;
  Box box;
};

class AnnealedChains {
 public:
  // Row i is chain first_chain + i under the seed, 0 steps old, at row i of states: [n, D].
  AnnealedChains(const Bridge& bridge, uint64_t seed, uint32_t first_chain, ConstMatrix states);

  // False where a chain's start has no finite ln p~ and ln b: no other method may then be called.
  bool valid() const { return valid_; }

  // Where the next steps are taken, and how far they go: alpha, in scaled units.
  void MoveTo(double beta, float step_size);
  // One step of every chain; how many were accepted.
  int64_t Step();

  int64_t rows() const { return chains_.rows(); }
  ConstMatrix states() const { return chains_.states(); }
  // ln p~(x) - ln b(x) at the chain's state.
  double log_ratio(int64_t row) const { return at_states_.log_ratio(row); }

 private:
  ChainBatch chains_;
  BridgedDensity density_;
  BridgeEnds at_states_;
  MetropolisLangevinKernel kernel_;
  bool valid_ = true;
};

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_ANNEALED_CHAINS_H_

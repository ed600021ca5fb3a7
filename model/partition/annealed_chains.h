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
  // No row is in use.
  AnnealedChains(const Bridge& bridge, int64_t capacity);

  // Row i is chain first_chain + i under the seed, 0 steps old, at row i of states: [n, D].
  AnnealedChains(const Bridge& bridge, uint64_t seed, uint32_t first_chain, ConstMatrix states);

  // Places a chain in a row, as ChainBatch::Set; its motion is MoveTo's. False where its state has no finite ln p~ and
  // ln b: the row may then not be moved.
  bool Set(int64_t row, const ChainSettings& settings, uint32_t step, std::span<const float> state);
  // Makes row `to` what row `from` is.
  void Copy(int64_t from, int64_t to);

  // False where a chain of the second constructor has no finite ln p~ and ln b where it starts: no other method may
  // then be called.
  bool valid() const { return valid_; }

  // Where a row's next steps are taken, and how far they go: alpha, in scaled units.
  void MoveTo(int64_t row, double beta, float step_size);
  void MoveTo(double beta, float step_size);  // all rows
  // One step of every chain; how many were accepted.
  int64_t Step();

  // Steps of a row that were accepted since Set or the last call. The batch's own count is used up here.
  uint32_t TakeAccepted(int64_t row) { return std::exchange(accepted_[row], 0); }

  int64_t rows() const { return chains_.rows(); }
  ConstMatrix states() const { return chains_.states(); }
  ChainBatch& chains() { return chains_; }
  // ln p~(x) - ln b(x) at the chain's state.
  double log_ratio(int64_t row) const { return at_states_.log_ratio(row); }

 private:
  const Box box_;
  ChainBatch chains_;
  BridgedDensity density_;
  BridgeEnds at_states_;
  MetropolisLangevinKernel kernel_;
  std::vector<uint32_t> accepted_;  // [capacity]
  bool valid_ = true;
};

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_ANNEALED_CHAINS_H_

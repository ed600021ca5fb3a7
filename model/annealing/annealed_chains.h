// Chains on the bridge from a base density to a model (bridged_density.h): the caller changes beta, and at each beta
// the chains take Metropolis-adjusted Langevin steps at temperature 1 (model/sampler/metropolis_langevin.h).
//
// A step costs one evaluation of model and base; a change of beta costs none. A proposal outside of the box, or without
// a finite density, is rejected, so chains stay inside the box.
//
// Threads: one. model and base are borrowed.

#ifndef EBM_MODEL_ANNEALING_ANNEALED_CHAINS_H_
#define EBM_MODEL_ANNEALING_ANNEALED_CHAINS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "model/annealing/bridged_density.h"
#include "model/base/uniform_base.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/metropolis_langevin.h"

namespace ebm {

// What chains run on. model and base are borrowed.
struct Bridge {
  const LogDensityGradient& model;
  const BaseDensity& base;
  Box box;
};

class AnnealedChains {
 public:
  // No row is in use.
  AnnealedChains(const Bridge& bridge, int64_t capacity);

  // Row i is chain first_chain + i under the seed, with 0 steps done, at row i of states: [n, D].
  AnnealedChains(const Bridge& bridge, uint64_t seed, uint32_t first_chain, ConstMatrix states);

  // Puts a chain into a row, as ChainBatch::Set; MoveTo then sets its beta and step size. False if ln p~ or ln b is not
  // finite at its state: the row must then not be stepped as it is.
  bool Set(int64_t row, const ChainSettings& settings, uint32_t step, std::span<const float> state);
  // Copies row `from` to row `to`.
  void Copy(int64_t from, int64_t to);

  // False if ln p~ or ln b is not finite at the start of a chain of the second constructor: no other method may then be
  // called.
  bool valid() const { return valid_; }

  // Sets beta and the step size alpha, in scaled units, of a row's next steps.
  void MoveTo(int64_t row, double beta, float step_size);
  void MoveTo(double beta, float step_size);  // all rows
  // Steps every chain once. Returns how many of the steps were accepted.
  int64_t Step();

  // The number of a row's steps accepted since Set or the last call. Use it instead of ChainBatch::TakeAccepted, whose
  // count Step consumes.
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
  const MetropolisLangevinKernel kernel_{density_};
  std::vector<uint32_t> accepted_;  // [capacity]
  bool valid_ = true;
};

}  // namespace ebm

#endif  // EBM_MODEL_ANNEALING_ANNEALED_CHAINS_H_

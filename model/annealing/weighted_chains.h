// Chains that carry an importance weight from a base density b to a model (annealed importance sampling; Neal 2001,
// "Annealed importance sampling", Statistics and Computing 11), and that can be added and removed at any step.
//
// A chain of S steps begins at an exact draw x_0 from b with ln w = 0. Step t = 1 to S:
//
//   ln w <- ln w + (ln p~(x) - ln b(x)) / S,   then one Metropolis-adjusted Langevin step on p_beta, beta = t / S
//
// (bridged_density.h). At its end E[w g(x)] = Z E_p[g] for every g and any S: end states weighted by w / sum w are
// draws from p, and the mean of w is Z. More steps give more even weights.
//
// Chains of a class y go from d_y (defensive_base.h) to p~(x, y): the mean of their w is the integral of p~(x, y), and
// their weighted ends are draws from p(x given y).
//
// Threads: one. model and base are borrowed. Step itself allocates nothing.

#ifndef EBM_MODEL_ANNEALING_WEIGHTED_CHAINS_H_
#define EBM_MODEL_ANNEALING_WEIGHTED_CHAINS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/annealing/annealed_chains.h"
#include "model/base/defensive_base.h"
#include "model/core/energy_model.h"

namespace ebm {

class WeightedChains {
 public:
  // No row is in use.
  WeightedChains(const LogDensityGradient& model, const BaseDensity& base, int64_t capacity)
      : base_(std::make_unique<DefensiveBase>(base, capacity)),
        annealed_({.model = model, .base = *base_, .box = {}}, capacity),
        log_weights_(capacity) {}

  // Puts a chain, of whose settings.sampler.steps steps `step` are done, into a row. A state without a finite density
  // becomes NaN, as if the chain had diverged. state: [D], at step 0 a draw of DefensiveBase.
  void Set(int64_t row, const ChainSettings& settings, uint32_t step, double log_weight, std::span<const float> state);
  // Copies row `from` to row `to`.
  void Copy(int64_t from, int64_t to);

  // One step of every row in use.
  void Step();

  ChainBatch& chains() { return annealed_.chains(); }
  double log_weight(int64_t row) const { return log_weights_[row]; }
  // The number of a row's steps accepted since Set or the last call.
  uint32_t TakeAccepted(int64_t row) { return annealed_.TakeAccepted(row); }

 private:
  std::unique_ptr<const DefensiveBase> base_;  // annealed_ refers to it
  AnnealedChains annealed_;
  std::vector<double> log_weights_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ANNEALING_WEIGHTED_CHAINS_H_

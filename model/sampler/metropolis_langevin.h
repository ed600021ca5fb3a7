// Metropolis-adjusted Langevin dynamics (Roberts & Tweedie 1996, "Exponential convergence of Langevin distributions and
// their discrete approximations", Bernoulli 2; Besag 1994): chains whose stationary distribution is exactly
//
//   pi(x) = p~(x [, y])^(1/T) / Z_T   within the clamp's box,   T = sigma^2 / (2 alpha)
//
// on the coordinates that are free. One step proposes a state and accepts it or keeps the current one:
//
//   x' = x + alpha * g(x) + sigma * eps,   g = grad_x ln p~(x [, y]),   eps ~ N(0, I)
//   ln r = (ln p~(x') - ln p~(x)) / T + (|x' - x - alpha g(x)|^2 - |x - x' - alpha g(x')|^2) / (2 sigma^2)
//   accept if x' is in the box and ln u < ln r,   u ~ U(0, 1)
//
// The first steps, the burn-in, also tune alpha for the steps that follow, at fixed T:
//
//   ln alpha <- ln alpha + (t + 1)^-0.6 (min(1, r) - 0.574)
//
// (Robbins & Monro 1951; Andrieu & Thoms 2008, "A tutorial on adaptive MCMC"; 0.574 is the optimal acceptance rate in
// many dimensions: Roberts & Rosenthal 1998, "Optimal scaling of discrete approximations to Langevin diffusions"). Each
// chain tunes its own alpha. Meanwhile its stationary distribution is not exactly pi; afterwards alpha is fixed and it
// is.
//
// A proposal outside of the box, or where ln p~ is not finite, is rejected, which keeps detailed balance. alpha and
// sigma are above 0, in scaled units.
//
// The noise is that of langevin.h; u is the OpenUniform draw of {seed, kAcceptance, chain, step = t}: a u of 0 would
// accept any proposal.

#ifndef EBM_MODEL_SAMPLER_METROPOLIS_LANGEVIN_H_
#define EBM_MODEL_SAMPLER_METROPOLIS_LANGEVIN_H_

#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

inline constexpr double kWantedAcceptance = 0.574;  // as above

class MetropolisLangevinKernel final : public TransitionKernel {
 public:
  // The model is borrowed.
  explicit MetropolisLangevinKernel(const LogDensityGradient& model) : model_(model) {}

  // Evaluates the model once at the proposals of all rows, and once more for the rows that were Set since the last
  // step. Counts the accepted proposals (ChainBatch::TakeAccepted).
  void Step(ChainBatch& chains) const override;

 private:
  const LogDensityGradient& model_;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_METROPOLIS_LANGEVIN_H_

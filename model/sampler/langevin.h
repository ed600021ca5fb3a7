// Unadjusted Langevin dynamics (Welling & Teh 2011; Grathwohl et al. 2020, arXiv:1912.03263, eq. 3 with step size and
// noise scale chosen independently, as in JEM):
//
//   x <- clamp(x + alpha * grad_x ln p~(x [, y]) + sigma * eps),   eps ~ N(0, I)
//
// on the coordinates that are free; held coordinates keep their value. alpha is the step size, sigma the noise scale,
// both in scaled units. The chain's effective temperature is T = sigma^2 / (2 alpha): it samples p(x)^(1/T) as
// alpha -> 0, and T = 1 is the model's own density. There is no Metropolis correction: at finite alpha the stationary
// distribution is biased (for a Gaussian of precision lambda its variance is sigma^2 / (alpha lambda (2 - alpha
// lambda))).
//
// The noise of coordinate i at the step that takes a chain from t to t+1 is the Normal draw of
// {seed, kLangevinNoise, chain, step = t, coordinate i} (model/core/random.h).

#ifndef EBM_MODEL_SAMPLER_LANGEVIN_H_
#define EBM_MODEL_SAMPLER_LANGEVIN_H_

#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

class LangevinKernel final : public TransitionKernel {
 public:
  // The model is borrowed.
  explicit LangevinKernel(const LogDensityGradient& model) : model_(model) {}

  void Step(ChainBatch& chains) const override;

 private:
  const LogDensityGradient& model_;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_LANGEVIN_H_

// Block Gibbs sampling: one step is one sweep of the model's block conditionals (block_conditionals.h), x -> hidden
// units -> x', on the coordinates that are free. Held coordinates keep their value, and the others are drawn from the
// density given them.
//
// Every sweep keeps the density of the settings' temperature exactly; no step is rejected. Chains are not clamped.
//
// The random numbers are those that the model states, of {seed, chain, step = t} for the sweep that takes a chain from
// t to t + 1.

#ifndef EBM_MODEL_SAMPLER_GIBBS_H_
#define EBM_MODEL_SAMPLER_GIBBS_H_

#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

class GibbsKernel final : public TransitionKernel {
 public:
  // The model is borrowed.
  explicit GibbsKernel(const BlockConditionals& model) : model_(model) {}

  void Step(ChainBatch& chains) const override;

 private:
  const BlockConditionals& model_;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_GIBBS_H_

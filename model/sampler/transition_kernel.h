// The interface of samplers: a transition kernel moves a batch of chains by one step. Training, serving and annealed
// importance sampling share the same step code.
//
// A kernel holds what it needs of the model: the gradient of ln p~, or, for a kernel of another kind, something else.
// So its callers need to know nothing about models. kernel_table.h makes kernels.
//
// Threads: a kernel is const and safe from many threads, as far as its model is; a ChainBatch belongs to one thread at
// a time.

#ifndef EBM_MODEL_SAMPLER_TRANSITION_KERNEL_H_
#define EBM_MODEL_SAMPLER_TRANSITION_KERNEL_H_

#include "model/sampler/chain_batch.h"

namespace ebm {

class TransitionKernel {
 public:
  virtual ~TransitionKernel() = default;

  // Moves every row of the batch by one step and adds 1 to its `step`. Rows do not influence each other. Where a row
  // becomes non-finite it stays so; the caller decides what that means (ChainBatch::IsFinite).
  virtual void Step(ChainBatch& chains) const = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_TRANSITION_KERNEL_H_

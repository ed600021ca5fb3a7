// Runs chains for a number of steps, without reporting anything in between.
//
// Threads: the chains are divided among the workers; the results depend neither on their number nor on their slices.

#ifndef EBM_MODEL_SAMPLER_RUN_CHAINS_H_
#define EBM_MODEL_SAMPLER_RUN_CHAINS_H_

#include <cstdint>

#include "model/core/matrix_view.h"
#include "model/core/row_slices.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

// Replaces every row of states, [n, D], by the state after settings.sampler.steps steps of the kernel. Row i is chain
// settings.chain + i. Returns how many steps of all chains were accepted; 0 for a kernel that rejects none.
int64_t RunChains(const TransitionKernel& kernel, const ChainSettings& settings, Matrix states, RowWorkers& workers);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_RUN_CHAINS_H_

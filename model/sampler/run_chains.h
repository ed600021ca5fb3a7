// Chains from their starts to their ends, where nobody watches them on the way.
//
// Threads: the chains are shared by `threads` of them; the numbers do not depend on how many.

#ifndef EBM_MODEL_SAMPLER_RUN_CHAINS_H_
#define EBM_MODEL_SAMPLER_RUN_CHAINS_H_

#include <cstdint>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

// Takes every row of states, [n, D], where `steps` steps of the kernel lead from it. Row i is chain settings.chain + i.
// How many of all steps were accepted; 0 of a kernel that does not refuse any.
int64_t RunChains(const TransitionKernel& kernel, const LogDensityGradient& model, const ChainSettings& settings,
                  uint32_t steps, Matrix states, int threads);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_RUN_CHAINS_H_

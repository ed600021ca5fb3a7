// The one place where a kernel is chosen for sampler settings and a model.
//
// Errors: FailedPrecondition, naming the capability that the kernel needs and the model lacks.

#ifndef EBM_MODEL_SAMPLER_KERNEL_TABLE_H_
#define EBM_MODEL_SAMPLER_KERNEL_TABLE_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/sampler_settings.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

// The model is borrowed and outlives the kernel.
absl::StatusOr<std::unique_ptr<const TransitionKernel>> MakeKernel(const KernelSettings& settings,
                                                                   const EnergyModel& model);

// The settings of chain 0 under the seed, as a batch takes them.
ChainSettings ToChainSettings(const SamplerSettings& settings, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_KERNEL_TABLE_H_

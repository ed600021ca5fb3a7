// The one place where a kernel is chosen for sampler settings and a model.
//
// Errors: FailedPrecondition, naming the capability that the kernel needs and the model lacks; InvalidArgument for
// annealed chains, which need more than a kernel (model/annealing/weighted_chains.h).

#ifndef EBM_MODEL_SAMPLER_KERNEL_TABLE_H_
#define EBM_MODEL_SAMPLER_KERNEL_TABLE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/sampler/sampler_settings.h"
#include "model/sampler/transition_kernel.h"

namespace ebm {

// The model is borrowed and outlives the kernel.
absl::StatusOr<std::unique_ptr<const TransitionKernel>> MakeKernel(const KernelSettings& settings,
                                                                   const EnergyModel& model);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_KERNEL_TABLE_H_

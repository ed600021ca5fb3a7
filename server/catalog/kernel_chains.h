// The chains of an engine that move by one kind of kernel, and what the kernel keeps for each of them.
//
// Threads: one.

#ifndef EBM_SERVER_CATALOG_KERNEL_CHAINS_H_
#define EBM_SERVER_CATALOG_KERNEL_CHAINS_H_

#include <cstdint>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/sampler_settings.h"

namespace ebm::catalog {

class KernelChains {
 public:
  virtual ~KernelChains() = default;

  virtual ChainBatch& batch() = 0;
  // Puts a chain that has done `step` steps into a row. log_weight: of weighted chains; free_coordinates: as
  // ChainBatch::Set has them, not for weighted chains.
  virtual void Set(int64_t row, const ChainSettings& settings, uint32_t step, double log_weight,
                   std::span<const float> state, std::span<const uint8_t> free_coordinates) = 0;
  // Copies row `from` to row `to`.
  virtual void Copy(int64_t from, int64_t to) = 0;
  // Moves every row in use by one step.
  virtual void Step() = 0;
  // The number of a row's steps accepted since Set or the last call.
  virtual uint32_t TakeAccepted(int64_t row) = 0;
  virtual double log_weight(int64_t row) const = 0;  // 0 for chains that are not weighted
};

// FailedPrecondition, naming the capability, if the model lacks what this kind of kernel needs.
absl::Status CheckKernel(const KernelSettings& kind, const EnergyModel& model);

// For chains of this kind of kernel, with no row in use. Errors: those of CheckKernel. The model is borrowed.
absl::StatusOr<std::unique_ptr<KernelChains>> MakeKernelChains(const KernelSettings& kind, const EnergyModel& model,
                                                               int64_t capacity);

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_KERNEL_CHAINS_H_

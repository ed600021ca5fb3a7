#include "server/catalog/kernel_chains.h"

#include <utility>

#include "model/annealing/weighted_chains.h"
#include "model/core/status_macros.h"
#include "model/sampler/kernel_table.h"
#include "model/sampler/transition_kernel.h"

namespace ebm::catalog {
namespace {

class PlainChains final : public KernelChains {
 public:
  PlainChains(std::unique_ptr<const TransitionKernel> kernel, int64_t capacity, int64_t dimension)
      : kernel_(std::move(kernel)), batch_(capacity, dimension) {
    batch_.set_rows(0);
  }

  ChainBatch& batch() override { return batch_; }
  void Set(int64_t row, const ChainSettings& settings, uint32_t step, double /*log_weight*/,
           std::span<const float> state, std::span<const uint8_t> free_coordinates) override {
    batch_.Set(row, settings, step, state, free_coordinates);
  }
  void Copy(int64_t from, int64_t to) override { batch_.Copy(from, to); }
  void Step() override { kernel_->Step(batch_); }
  uint32_t TakeAccepted(int64_t row) override { return batch_.TakeAccepted(row); }
  double log_weight(int64_t /*row*/) const override { return 0; }

 private:
  const std::unique_ptr<const TransitionKernel> kernel_;
  ChainBatch batch_;
};

class AnnealingChains final : public KernelChains {
 public:
  AnnealingChains(const LogDensityGradient& model, const BaseDensity& base, int64_t capacity)
      : chains_(model, base, capacity) {}

  ChainBatch& batch() override { return chains_.chains(); }
  void Set(int64_t row, const ChainSettings& settings, uint32_t step, double log_weight, std::span<const float> state,
           std::span<const uint8_t> /*free_coordinates*/) override {
    chains_.Set(row, settings, step, log_weight, state);
  }
  void Copy(int64_t from, int64_t to) override { chains_.Copy(from, to); }
  void Step() override { chains_.Step(); }
  uint32_t TakeAccepted(int64_t row) override { return chains_.TakeAccepted(row); }
  double log_weight(int64_t row) const override { return chains_.log_weight(row); }

 private:
  WeightedChains chains_;
};

absl::Status CheckAnnealing(const EnergyModel& model) {
  if (model.base_density() == nullptr) {
    return absl::FailedPreconditionError("annealed chains need a base density, which this model does not have");
  }
  if (model.log_density_gradient() != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError("annealed chains need the gradient of ln p~, which this model does not have");
}

}  // namespace

absl::Status CheckKernel(const KernelSettings& kind, const EnergyModel& model) {
  return IsWeighted(kind) ? CheckAnnealing(model) : MakeKernel(kind, model).status();
}

absl::StatusOr<std::unique_ptr<KernelChains>> MakeKernelChains(const KernelSettings& kind, const EnergyModel& model,
                                                               int64_t capacity) {
  if (IsWeighted(kind)) {
    EBM_RETURN_IF_ERROR(CheckAnnealing(model));
    return std::make_unique<AnnealingChains>(*model.log_density_gradient(), *model.base_density(), capacity);
  }
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<const TransitionKernel> kernel, MakeKernel(kind, model));
  return std::make_unique<PlainChains>(std::move(kernel), capacity, model.dimension());
}

}  // namespace ebm::catalog

// A served model with its scheduler and one worker on each thread of the process' pool. The workers run from
// construction to destruction.
//
// Each model has its own scheduler. Catalog replaces and removes running models.
//
// Threads: safe from any thread. The destructor stops the scheduler and waits for its workers, so the last reference
// must not be dropped by a worker: sinks and callbacks must not own a RunningModel once their request has ended.

#ifndef EBM_SERVER_CATALOG_RUNNING_MODEL_H_
#define EBM_SERVER_CATALOG_RUNNING_MODEL_H_

#include <memory>

#include "absl/status/status.h"
#include "model/core/energy_model.h"
#include "model/sampler/chain_batch.h"
#include "server/batching/scheduler.h"
#include "server/batching/shared_parts.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/served_model.h"
#include "server/inference/model.h"
#include "server/inference/model_observer.h"

namespace ebm::catalog {

class RunningModel final : public inference::Model {
 public:
  // pool and shared are borrowed and outlive the running model; shared has the pool's wake_up. observer: of the model's
  // requests; it lives as long as the model, and can be shared's too. If the pool has no threads (in tests), the caller
  // must run workers of the scheduler itself.
  RunningModel(std::shared_ptr<const ServedModel> model, batching::WorkerPool* pool,
               const batching::SharedParts& shared, std::shared_ptr<inference::ModelObserver> observer = nullptr);
  ~RunningModel() override;

  const inference::ModelInfo& info() const override { return model_->info(); }
  batching::ChainScheduler& scheduler() override { return scheduler_; }
  const BaseDensity* base_density() const override { return model_->energy().base_density(); }
  inference::ModelObserver* observer() override { return observer_.get(); }
  absl::Status CheckKernel(const KernelSettings& kernel) const override;
  absl::Status CheckStart(const ChainSettings& first) const override { return model_->starts().Check(first); }
  std::shared_ptr<const batching::OpaqueSettings> EngineSettings(const ChainSettings& first) const override;

 private:
  const std::shared_ptr<const ServedModel> model_;
  const std::shared_ptr<inference::ModelObserver> observer_;
  batching::WorkerPool* const pool_;
  batching::ChainScheduler scheduler_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_RUNNING_MODEL_H_

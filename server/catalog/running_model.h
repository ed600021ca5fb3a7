// A served model at work: its scheduler, and a worker on each thread of the process' pool, from construction to
// destruction.
//
// One scheduler a model, so that replacing a model is: start the new one, point the catalog at it, let the old one
// finish its requests, destroy it.
//
// Threads: safe from any thread. Destroying stops the scheduler and waits for its workers, so the last owner must not
// be a worker: sinks and callbacks may not own a RunningModel once their request has ended.

#ifndef EBM_SERVER_CATALOG_RUNNING_MODEL_H_
#define EBM_SERVER_CATALOG_RUNNING_MODEL_H_

#include <memory>

#include "server/batching/batching_observer.h"
#include "server/batching/clock.h"
#include "server/batching/scheduler.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/served_model.h"

namespace ebm::catalog {

class RunningModel {
 public:
  // pool, clock and observer are borrowed and outlive the running model. Where the pool has no threads, whoever holds
  // the scheduler cranks workers of its own (tests do).
  RunningModel(std::shared_ptr<const ServedModel> model, batching::WorkerPool* pool,
               const batching::SchedulerLimits& limits, const batching::Clock* clock,
               batching::BatchingObserver* observer);
  ~RunningModel();

  const ServedModel& model() const { return *model_; }
  batching::ChainScheduler& scheduler() { return scheduler_; }

 private:
  const std::shared_ptr<const ServedModel> model_;
  batching::WorkerPool* const pool_;
  batching::ChainScheduler scheduler_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_RUNNING_MODEL_H_

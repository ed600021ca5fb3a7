// The engine's metrics: counters and histograms of its events, and gauges of the queue, which are read from the
// scheduler at every scrape.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_BATCHING_METRICS_H_
#define EBM_SERVER_OBSERVE_BATCHING_METRICS_H_

#include <functional>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/histogram.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "server/batching/batching_observer.h"
#include "server/batching/memory_budget.h"
#include "server/batching/scheduler.h"

namespace ebm::observe {

class BatchingMetrics final : public batching::BatchingObserver {
 public:
  // The registry outlives the object.
  explicit BatchingMetrics(prometheus::Registry* registry);

  void StepTaken(absl::Duration duration, int chains) override;
  void RowsEvaluated(absl::Duration duration, int rows) override;
  void FirstFrame(absl::Duration since_submit) override;
  void QueueWait(absl::Duration since_submit) override;
  void ChainDiverged() override;

 private:
  prometheus::Counter& chain_steps_;
  prometheus::Counter& diverged_chains_;
  prometheus::Counter& rows_evaluated_;
  prometheus::Histogram& step_duration_;
  prometheus::Histogram& batch_chains_;
  prometheus::Histogram& time_to_first_frame_;
  prometheus::Histogram& queue_wait_;
};

// ebm_request_memory_bytes.
class MemoryGauge final : public prometheus::Collectable {
 public:
  // The budget is borrowed until the last scrape.
  explicit MemoryGauge(const batching::MemoryBudget* budget) : budget_(*budget) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const batching::MemoryBudget& budget_;
};

class SchedulerGauges final : public prometheus::Collectable {
 public:
  // stats is called once per scrape, from the metrics server's thread.
  explicit SchedulerGauges(std::function<batching::SchedulerStats()> stats) : stats_(std::move(stats)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<batching::SchedulerStats()> stats_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_BATCHING_METRICS_H_

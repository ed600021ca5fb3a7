// All metrics of a server. main.cc makes one object; nothing outside this folder depends on the metrics library.
//
// Threads: the observers are safe from any thread; everything else is for the thread that sets up the server.

#ifndef EBM_SERVER_OBSERVE_METRICS_H_
#define EBM_SERVER_OBSERVE_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/registry.h"
#include "server/batching/batching_observer.h"
#include "server/batching/memory_budget.h"
#include "server/observe/batching_metrics.h"
#include "server/observe/metrics_server.h"
#include "server/observe/rpc_metrics.h"

namespace ebm::observe {

class Metrics {
 public:
  Metrics();

  rpc::RpcObserver* rpc_observer() { return &rpc_; }

  // The observer of one model's events. Its series exist as long as it does; these metrics outlive it.
  std::shared_ptr<batching::BatchingObserver> ObserverOf(const ModelLabels& model) {
    return batching_.ObserverOf(model);
  }

  // Adds the gauges of all models. `models` is called once per scrape, as long as a MetricsServer lives.
  void AddModels(std::function<std::vector<ModelStatus>()> models);

  // Adds the gauge of the memory that requests hold. The budget is borrowed as long as a MetricsServer lives.
  void AddMemory(const batching::MemoryBudget* budget);

  // Adds the counters of calls and connections. `counts` is called once per scrape.
  void AddServer(std::function<rpc::ServerCounts()> counts);

  // The metrics that a scrape collects.
  const std::vector<std::shared_ptr<prometheus::Collectable>>& sources() const { return sources_; }

  // Serves the metrics that have been added so far.
  absl::StatusOr<std::unique_ptr<MetricsServer>> Serve(const std::string& listen) const;

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  std::vector<std::shared_ptr<prometheus::Collectable>> sources_;
  BatchingMetrics batching_;
  RpcMetrics rpc_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_H_

// All metrics of a server, made once by its composition root; nothing outside this folder sees the metrics library.
//
// Threads: the observers are safe from any thread; the rest is for the thread that composes the server.

#ifndef EBM_SERVER_OBSERVE_METRICS_H_
#define EBM_SERVER_OBSERVE_METRICS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/registry.h"
#include "server/batching/scheduler.h"
#include "server/observe/batching_metrics.h"
#include "server/observe/metrics_server.h"
#include "server/observe/rpc_metrics.h"

namespace ebm::observe {

// Which model a server serves, as labels.
struct ModelInfo {
  std::string name;
  std::string version;
  std::string family;
  std::string data;    // what it was trained on
  std::string recipe;  // and how
};

class Metrics {
 public:
  Metrics();

  batching::BatchingObserver* batching_observer() { return &batching_; }
  rpc::RpcObserver* rpc_observer() { return &rpc_; }

  // ebm_model_info, a gauge of constant 1, and the gauges of the model's scheduler. stats is called once a scrape, for
  // as long as a MetricsServer lives.
  void AddModel(const ModelInfo& info, std::function<batching::SchedulerStats()> stats);

  // What a scrape collects.
  const std::vector<std::shared_ptr<prometheus::Collectable>>& sources() const { return sources_; }

  // Serves what has been added so far.
  absl::StatusOr<std::unique_ptr<MetricsServer>> Serve(const std::string& listen) const;

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  std::vector<std::shared_ptr<prometheus::Collectable>> sources_;
  BatchingMetrics batching_;
  RpcMetrics rpc_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_H_

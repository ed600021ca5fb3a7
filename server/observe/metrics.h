// All metrics of a server; README.md lists them. main.cc makes one object; nothing outside this folder depends on the
// metrics library.
//
// Threads: the observers are safe from any thread; everything else is for the thread that sets up the server.

#ifndef EBM_SERVER_OBSERVE_METRICS_H_
#define EBM_SERVER_OBSERVE_METRICS_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/registry.h"
#include "server/batching/memory_budget.h"
#include "server/batching/worker_pool.h"
#include "server/inference/model.h"
#include "server/inference/model_observer.h"
#include "server/observe/load_metrics.h"
#include "server/observe/metrics_server.h"
#include "server/observe/model_metrics.h"
#include "server/observe/rpc_metrics.h"

namespace ebm::observe {

class Metrics {
 public:
  // root: where the kernel's files are read; "/", except in tests.
  explicit Metrics(const std::filesystem::path& root = "/");

  rpc::RpcObserver* rpc_observer() { return &rpc_; }

  // The observer of one model's events. Its series exist as long as it does; these metrics outlive it.
  std::shared_ptr<inference::ModelObserver> ObserverOf(const inference::ModelInfo& model) {
    return models_->ObserverOf(model);
  }

  LoadMetrics* loads() { return loads_.get(); }

  // Adds the gauges of all models. `models` is called once per scrape, as long as a MetricsServer lives.
  void AddModels(std::function<std::vector<ModelStatus>()> models);

  // Add what is read from these objects, which are borrowed as long as a MetricsServer lives.
  void AddMemory(const batching::MemoryBudget* budget);
  void AddWorkers(const batching::WorkerPool* pool);

  // Adds the counters of calls and connections. `counts` is called once per scrape.
  void AddServer(std::function<rpc::ServerCounts()> counts);

  // Adds when the certificate that is served expires, in seconds since 1970; no series while there is none. `not_after`
  // is called once per scrape.
  void AddCertificate(std::function<std::optional<double>()> not_after);

  // The metrics that a scrape collects.
  const std::vector<std::shared_ptr<prometheus::Collectable>>& sources() const { return sources_; }

  // Serves the metrics that have been added so far.
  absl::StatusOr<std::unique_ptr<MetricsServer>> Serve(const std::string& listen, const MetricsTls& tls = {}) const;

 private:
  const std::shared_ptr<prometheus::Registry> registry_;
  const std::shared_ptr<ModelMetrics> models_;
  const std::shared_ptr<LoadMetrics> loads_;
  std::vector<std::shared_ptr<prometheus::Collectable>> sources_;
  RpcMetrics rpc_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_H_

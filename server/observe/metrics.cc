#include "server/observe/metrics.h"

#include <utility>

namespace ebm::observe {

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      sources_({registry_}),
      batching_(registry_.get()),
      rpc_(registry_.get()) {}

void Metrics::AddModels(std::function<std::vector<ModelStatus>()> models) {
  sources_.push_back(std::make_shared<ModelGauges>(std::move(models)));
}

void Metrics::AddMemory(const batching::MemoryBudget* budget) {
  sources_.push_back(std::make_shared<MemoryGauge>(budget));
}

void Metrics::AddServer(std::function<rpc::ServerCounts()> counts) {
  sources_.push_back(std::make_shared<ServerCounters>(std::move(counts)));
}

absl::StatusOr<std::unique_ptr<MetricsServer>> Metrics::Serve(const std::string& listen) const {
  return MetricsServer::Start(listen, sources_);
}

}  // namespace ebm::observe

#include "server/observe/metrics.h"

#include <utility>

#include "prometheus/gauge.h"

namespace ebm::observe {

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      sources_({registry_}),
      batching_(registry_.get()),
      rpc_(registry_.get()) {}

void Metrics::AddModel(const ModelInfo& info, std::function<batching::SchedulerStats()> stats) {
  prometheus::BuildGauge()
      .Name("ebm_model_info")
      .Help("Always 1; the labels describe the served model.")
      .Register(*registry_)
      .Add({{"name", info.name},
            {"version", info.version},
            {"family", info.family},
            {"data", info.data},
            {"recipe", info.recipe}})
      .Set(1);
  sources_.push_back(std::make_shared<SchedulerGauges>(std::move(stats)));
}

void Metrics::AddMemory(const batching::MemoryBudget* budget) {
  sources_.push_back(std::make_shared<MemoryGauge>(budget));
}

absl::StatusOr<std::unique_ptr<MetricsServer>> Metrics::Serve(const std::string& listen) const {
  return MetricsServer::Start(listen, sources_);
}

}  // namespace ebm::observe

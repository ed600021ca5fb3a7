#include "server/observe/metrics.h"

#include <utility>

#include "absl/time/time.h"
#include "model/core/version.h"
#include "server/observe/families.h"
#include "server/observe/process_metrics.h"

namespace ebm::observe {
namespace {

std::vector<prometheus::MetricFamily> BuildInfo() {
  prometheus::MetricFamily info = GaugesOf("ebm_build_info", "Always 1; the label is the server's version.");
  AddValue(info, {{"version", kVersion}}, 1);
  return {info};
}

}  // namespace

Metrics::Metrics(const std::filesystem::path& root)
    : registry_(std::make_shared<prometheus::Registry>()),
      models_(std::make_shared<ModelMetrics>()),
      loads_(std::make_shared<LoadMetrics>()),
      sources_({registry_, models_, loads_, std::make_shared<ProcessMetrics>(root),
                std::make_shared<ReadAtScrape>(BuildInfo)}),
      rpc_(registry_.get()) {}

void Metrics::AddModels(std::function<std::vector<ModelStatus>()> models) {
  sources_.push_back(std::make_shared<ModelGauges>(std::move(models)));
}

void Metrics::AddMemory(const batching::MemoryBudget* budget) {
  sources_.push_back(std::make_shared<ReadAtScrape>([budget] {
    return std::vector<prometheus::MetricFamily>{
        WithValue(GaugesOf("ebm_request_memory_bytes", "Memory that requests hold."),
                  static_cast<double>(budget->held())),
        WithValue(GaugesOf("ebm_request_memory_limit_bytes", "Memory that requests may hold."),
                  static_cast<double>(budget->limit()))};
  }));
}

void Metrics::AddWorkers(const batching::WorkerPool* pool) {
  sources_.push_back(std::make_shared<ReadAtScrape>([pool] {
    return std::vector<prometheus::MetricFamily>{
        WithValue(GaugesOf("ebm_workers", "Compute threads."), pool->threads()),
        WithValue(CountersOf("ebm_worker_busy_seconds_total",
                             "Time that the compute threads, all together, have spent on work."),
                  absl::ToDoubleSeconds(pool->BusyTime()))};
  }));
}

void Metrics::AddServer(std::function<rpc::ServerCounts()> counts) {
  sources_.push_back(std::make_shared<ServerCounters>(std::move(counts)));
}

void Metrics::AddCertificate(std::function<std::optional<double>()> not_after) {
  sources_.push_back(std::make_shared<ReadAtScrape>([not_after = std::move(not_after)] {
    std::vector<prometheus::MetricFamily> families;
    if (const std::optional<double> seconds = not_after()) {
      families.push_back(WithValue(
          GaugesOf("ebm_tls_certificate_not_after_seconds", "When the served certificate expires, since 1970."),
          *seconds));
    }
    return families;
  }));
}

absl::StatusOr<std::unique_ptr<MetricsServer>> Metrics::Serve(const std::string& listen, const MetricsTls& tls) const {
  return MetricsServer::Start(listen, sources_, tls);
}

}  // namespace ebm::observe

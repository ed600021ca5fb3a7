// The metrics of the process under their usual names (process_cpu_seconds_total, process_open_fds, ...), and how often
// its control group was throttled. What the kernel does not tell has no series.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_PROCESS_METRICS_H_
#define EBM_SERVER_OBSERVE_PROCESS_METRICS_H_

#include <filesystem>
#include <utility>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace ebm::observe {

class ProcessMetrics final : public prometheus::Collectable {
 public:
  // Reads proc and sys/fs/cgroup below the root: "/", except in tests.
  explicit ProcessMetrics(std::filesystem::path root) : root_(std::move(root)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::filesystem::path root_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_PROCESS_METRICS_H_

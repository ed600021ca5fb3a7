// The metrics port: answers GET /metrics with the text format of Prometheus.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_METRICS_SERVER_H_
#define EBM_SERVER_OBSERVE_METRICS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "prometheus/collectable.h"
#include "prometheus/exposer.h"

namespace ebm::observe {

class MetricsServer {
 public:
  // listen: HOST:PORT, the host a numeric address; port 0 asks for any. Unavailable where it cannot listen there.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> sources);

  // The address with the port that was really taken.
  const std::string& address() const { return address_; }

 private:
  MetricsServer(std::string address, std::unique_ptr<prometheus::Exposer> exposer,
                std::vector<std::shared_ptr<prometheus::Collectable>> sources);

  const std::string address_;
  const std::vector<std::shared_ptr<prometheus::Collectable>> sources_;  // the exposer itself holds them weakly
  const std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_SERVER_H_

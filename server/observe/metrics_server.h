// The metrics port: serves GET /metrics in Prometheus' text format.
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
  // listen: HOST:PORT with a numeric host; port 0: any free port. Unavailable if it cannot listen there.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> sources);

  // HOST:PORT with the actual port.
  const std::string& address() const { return address_; }

 private:
  MetricsServer(std::string address, std::unique_ptr<prometheus::Exposer> exposer,
                std::vector<std::shared_ptr<prometheus::Collectable>> sources);

  const std::string address_;
  const std::vector<std::shared_ptr<prometheus::Collectable>> sources_;  // exposer_ holds only weak pointers to them
  const std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_SERVER_H_

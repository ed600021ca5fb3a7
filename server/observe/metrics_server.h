// The metrics port: answers GET and HEAD of /metrics in Prometheus' text format, 404 for other paths and 405 for other
// methods.
//
// One thread serves all connections and waits for none of them, so those that are silent or slow do not hold up a
// scrape. They are closed after kIdleSeconds; at most 512 are connected, and with few descriptors an eighth of them or
// 16.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_METRICS_SERVER_H_
#define EBM_SERVER_OBSERVE_METRICS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "microhttpd.h"
#include "prometheus/collectable.h"
#include "server/net/acceptor.h"

namespace ebm::observe {

class MetricsServer {
 public:
  static constexpr unsigned kIdleSeconds = 5;

  // listen: HOST:PORT, an IPv6 address in brackets; port 0: any free port. Unavailable if it cannot listen there.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> sources);

  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // HOST:PORT with the actual port.
  const std::string& address() const { return acceptor_->address(); }

  // The page that a scrape gets.
  std::string Page() const;

 private:
  explicit MetricsServer(std::vector<std::shared_ptr<prometheus::Collectable>> sources);

  const std::vector<std::shared_ptr<prometheus::Collectable>> sources_;
  MHD_Daemon* daemon_ = nullptr;
  std::unique_ptr<net::Acceptor> acceptor_;  // gives its connections to the daemon
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_SERVER_H_

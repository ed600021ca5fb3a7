// The metrics port: answers GET and HEAD of /metrics in Prometheus' text format, 404 for other paths and 405 for other
// methods.
//
// One thread serves all connections and waits for none of them, so those that are silent or slow do not hold up a
// scrape. They are closed after kIdleSeconds; at most 512 are connected, and with few descriptors an eighth of them or
// 16.
//
// With a certificate, the port speaks TLS only. Clients need no certificate.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_METRICS_SERVER_H_
#define EBM_SERVER_OBSERVE_METRICS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "microhttpd.h"
#include "prometheus/collectable.h"
#include "server/net/acceptor.h"

namespace ebm::observe {

// PEM texts; empty: plain text.
struct MetricsTls {
  std::string certificate;  // the server's chain
  std::string key;

  friend bool operator==(const MetricsTls&, const MetricsTls&) = default;
};

class MetricsServer {
 public:
  static constexpr unsigned kIdleSeconds = 5;

  // listen: HOST:PORT, an IPv6 address in brackets; port 0: any free port. Unavailable if it cannot listen there.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> sources,
      const MetricsTls& tls = {});

  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // HOST:PORT with the actual port.
  const std::string& address() const { return acceptor_->address(); }

  // From now on uses another certificate; scrapes that run are cut. Unavailable, and nothing changes, if it cannot.
  absl::Status UseTls(const MetricsTls& tls);

  // The page that a scrape gets.
  std::string Page() const;

 private:
  using Daemon = std::unique_ptr<MHD_Daemon, decltype(&MHD_stop_daemon)>;

  explicit MetricsServer(std::vector<std::shared_ptr<prometheus::Collectable>> sources);
  void AddConnection(int descriptor);

  const std::vector<std::shared_ptr<prometheus::Collectable>> sources_;
  absl::Mutex mu_;
  Daemon daemon_ ABSL_GUARDED_BY(mu_) = {nullptr, MHD_stop_daemon};
  std::unique_ptr<net::Acceptor> acceptor_;  // gives its connections to the daemon
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_METRICS_SERVER_H_

// The RPC layer's metrics, under the names that dashboards for gRPC servers expect (the go-grpc-prometheus family):
// grpc_server_started_total, grpc_server_handled_total{grpc_code}, grpc_server_msg_received_total,
// grpc_server_msg_sent_total, grpc_server_handling_seconds; all with grpc_type, grpc_service, grpc_method.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_RPC_METRICS_H_
#define EBM_SERVER_OBSERVE_RPC_METRICS_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/server.h"

namespace ebm::observe {

class RpcMetrics final : public rpc::RpcObserver {
 public:
  // The registry outlives the object.
  explicit RpcMetrics(prometheus::Registry* registry);

  rpc::MethodObserver* OfMethod(const rpc::RpcMethod& method) override;

  // The metric families, shared by all methods.
  struct Families {
    prometheus::Family<prometheus::Counter>& started;
    prometheus::Family<prometheus::Counter>& received;
    prometheus::Family<prometheus::Counter>& sent;
    prometheus::Family<prometheus::Counter>& handled;
    prometheus::Family<prometheus::Histogram>& handling_seconds;
  };

 private:
  const Families families_;
  absl::Mutex mu_;
  std::vector<std::unique_ptr<rpc::MethodObserver>> methods_ ABSL_GUARDED_BY(mu_);
};

// ebm_grpc_calls_started_total, which includes the calls that gRPC refuses before a method runs,
// ebm_grpc_calls_failed_total, which does not, and ebm_shed_connections_total.
class ServerCounters final : public prometheus::Collectable {
 public:
  // counts is called once per scrape, from the metrics server's thread.
  explicit ServerCounters(std::function<rpc::ServerCounts()> counts) : counts_(std::move(counts)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<rpc::ServerCounts()> counts_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_RPC_METRICS_H_

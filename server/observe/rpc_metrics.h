// The RPC layer's metrics, under the names that dashboards for gRPC servers expect (the go-grpc-prometheus family):
// grpc_server_started_total, grpc_server_handled_total{grpc_code}, grpc_server_msg_received_total,
// grpc_server_msg_sent_total, grpc_server_handling_seconds; all with grpc_type, grpc_service, grpc_method.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_RPC_METRICS_H_
#define EBM_SERVER_OBSERVE_RPC_METRICS_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "server/rpc/rpc_observer.h"

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

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_RPC_METRICS_H_

// The RPC layer's metrics, under the names that dashboards for gRPC servers expect (the go-grpc-prometheus family):
// grpc_server_started_total, grpc_server_handled_total{grpc_code}, grpc_server_msg_received_total,
// grpc_server_msg_sent_total, grpc_server_handling_seconds; all with grpc_type, grpc_service, grpc_method.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_RPC_METRICS_H_
#define EBM_SERVER_OBSERVE_RPC_METRICS_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
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

  void Started(const rpc::RpcMethod& method) override;
  void MessageReceived(const rpc::RpcMethod& method) override;
  void MessageSent(const rpc::RpcMethod& method) override;
  void Handled(const rpc::RpcMethod& method, absl::string_view code, absl::Duration since_start) override;

 private:
  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Counter>& received_;
  prometheus::Family<prometheus::Counter>& sent_;
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& handling_seconds_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_RPC_METRICS_H_

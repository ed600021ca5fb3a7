// Tells an RpcObserver of every call that a server handles: its start, its messages, its end.

#ifndef EBM_SERVER_RPC_METRICS_INTERCEPTOR_H_
#define EBM_SERVER_RPC_METRICS_INTERCEPTOR_H_

#include <set>
#include <string>

#include "grpcpp/support/server_interceptor.h"
#include "server/batching/clock.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc {

// One for a server; makes one interceptor a call.
class MetricsInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // observer and clock are borrowed and outlive the server.
  MetricsInterceptorFactory(RpcObserver* observer, const batching::Clock* clock);

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  RpcObserver& observer_;
  const batching::Clock& clock_;
  const std::set<std::string, std::less<>> known_paths_;  // "/ebm.v1.InferenceService/Sample"
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_METRICS_INTERCEPTOR_H_

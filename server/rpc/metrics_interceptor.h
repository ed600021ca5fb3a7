// Reports every call that a server handles to an RpcObserver: its start, its messages and its end.

#ifndef EBM_SERVER_RPC_METRICS_INTERCEPTOR_H_
#define EBM_SERVER_RPC_METRICS_INTERCEPTOR_H_

#include <map>
#include <string>
#include <vector>

#include "grpcpp/support/server_interceptor.h"
#include "server/batching/clock.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc {

// One per server. Creates one interceptor per call.
class MetricsInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // services: the full names of the server's own. observer and clock are borrowed and outlive the server.
  MetricsInterceptorFactory(const std::vector<std::string>& services, RpcObserver* observer,
                            const batching::Clock* clock);

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  using Methods = std::map<std::string, MethodObserver*, std::less<>>;

  const batching::Clock& clock_;
  const Methods known_;    // by path, "/ebm.v1.InferenceService/Sample"
  const Methods unknown_;  // by type
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_METRICS_INTERCEPTOR_H_

// Follows every call that gRPC hands to a method: reports its start, its messages and its end to an RpcObserver, gives
// it an id, and logs it (call_record.h).
//
// Every call that was reported as started is reported as handled exactly once: when its status is sent, when it is
// closed if gRPC itself may have cancelled it, or as cancelled when gRPC forgets a call that sent none.

#ifndef EBM_SERVER_RPC_CALL_INTERCEPTOR_H_
#define EBM_SERVER_RPC_CALL_INTERCEPTOR_H_

#include <map>
#include <string>
#include <vector>

#include "grpcpp/support/server_interceptor.h"
#include "server/batching/clock.h"
#include "server/rpc/call_record.h"
#include "server/rpc/request_ids.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc {

// What the interceptors of a server share. All are borrowed and outlive the server.
struct CallReceivers {
  RpcObserver* observer = nullptr;
  CallLog* log = nullptr;  // null: calls are not logged
  const batching::Clock* clock = nullptr;
};

// One per server. Creates one interceptor per call.
class CallInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // services: the full names of the server's own.
  CallInterceptorFactory(const std::vector<std::string>& services, const CallReceivers& receivers);

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override;

 private:
  using Methods = std::map<std::string, MethodObserver*, std::less<>>;

  CallLog no_log_;
  const CallReceivers receivers_;  // with a log
  const Methods known_;            // by path, "/ebm.v1.InferenceService/Sample"
  const Methods unknown_;          // by type
  RequestIds ids_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_INTERCEPTOR_H_

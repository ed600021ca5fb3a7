// The gRPC server: the services of all protocols, grpc.health.v1 (Check and Watch), and reflection, on one port.
//
// Drain order: readiness becomes NOT_SERVING, so that load balancers stop sending requests; clients are told to take
// new calls elsewhere, and those that are under way are still served; running requests may finish, and their readers
// take what is computed, until the time limit; requests that still run then end with UNAVAILABLE; the port closes.
//
// Threads: Drain may be called from any thread.

#ifndef EBM_SERVER_RPC_SERVER_H_
#define EBM_SERVER_RPC_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "server/batching/clock.h"
#include "server/catalog/catalog.h"
#include "server/inference/open_calls.h"
#include "server/rpc/call_counts.h"
#include "server/rpc/call_record.h"
#include "server/rpc/health_board.h"
#include "server/rpc/health_service.h"
#include "server/rpc/port.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc {

// A gRPC service, and the name that it has in health checks.
struct NamedService {
  std::string name;
  grpc::Service* service;
};

// What a server needs. All are borrowed and outlive it.
struct ServerParts {
  std::vector<NamedService> services;
  catalog::Catalog* catalog;
  inference::OpenCalls* open_calls;  // of the services
  HealthBoard* health;
  RpcObserver* observer;
  CallLog* log = nullptr;  // null: calls are not logged
  const batching::Clock* clock;
};

// What happened below the methods.
struct ServerCounts {
  CallCounts calls;
  int64_t shed_connections = 0;  // closed for lack of file descriptors
};

class Server {
 public:
  // Listens, starts to serve and becomes ready. Unavailable if it cannot listen on the address.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const PortOptions& options, const ServerParts& parts);
  // Drains with a time limit of zero.
  ~Server();

  // HOST:PORT with the actual port.
  const std::string& address() const { return port_->address(); }

  // Health checks on other ports go on to say NOT_SERVING afterwards.
  void Drain(absl::Duration limit);

  ServerCounts Counts() const { return {.calls = CountCalls(), .shed_connections = port_->shed_connections()}; }

 private:
  explicit Server(const ServerParts& parts);

  const ServerParts parts_;
  HealthService health_;
  std::unique_ptr<Port> port_;
  bool drained_ = false;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SERVER_H_

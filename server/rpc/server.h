// The gRPC server: InferenceService, ModelService, grpc.health.v1 (Check and Watch), and reflection, on one port.
//
// Drain order: health becomes NOT_SERVING, so that load balancers stop sending requests; models refuse new work with
// UNAVAILABLE; running requests may finish, and their readers take what is computed, until the time limit; requests
// that still run then end with UNAVAILABLE; the port closes.
//
// Threads: Drain may be called from any thread. Borrowed objects must outlive the server.

#ifndef EBM_SERVER_RPC_SERVER_H_
#define EBM_SERVER_RPC_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server.h"
#include "server/batching/clock.h"
#include "server/catalog/catalog.h"
#include "server/rpc/inference_service.h"
#include "server/rpc/model_service.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/request_limits.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc {

struct ServerOptions {
  std::string listen = "127.0.0.1:8500";  // HOST:PORT; port 0: any free port
  int max_message_mb = 16;                // per request, in MiB
  int max_buffer_mb = 1024;               // of gRPC's buffers of all connections, in MiB
  RequestLimits limits;
};

class Server {
 public:
  // Listens and starts to serve. Unavailable if it cannot listen on the address.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const catalog::Catalog* catalog,
                                                       RpcObserver* observer, const batching::Clock* clock);
  // Drains with a time limit of zero.
  ~Server();

  // HOST:PORT with the actual port.
  const std::string& address() const { return address_; }

  void Drain(absl::Duration limit);

  // The calls of InferenceService that are not done.
  OpenCalls& open_calls() { return calls_; }

  // A channel to this server within the process, without a port.
  std::shared_ptr<grpc::Channel> InProcessChannel() { return server_->InProcessChannel(grpc::ChannelArguments()); }

 private:
  Server(const ServerOptions& options, const catalog::Catalog* catalog, const batching::Clock* clock);
  absl::Status Listen(const ServerOptions& options, RpcObserver* observer);
  void SetHealth(bool serving);

  const catalog::Catalog& catalog_;
  const batching::Clock& clock_;
  OpenCalls calls_;
  InferenceService inference_;
  ModelService models_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SERVER_H_

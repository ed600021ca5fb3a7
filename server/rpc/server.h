// The gRPC server: the services of all protocols, grpc.health.v1 (Check and Watch), and reflection, on one port.
//
// Drain order: health becomes NOT_SERVING, so that load balancers stop sending requests; models refuse new work with
// UNAVAILABLE; running requests may finish, and their readers take what is computed, until the time limit; requests
// that still run then end with UNAVAILABLE; the port closes.
//
// Messages must not be compressed: 300 kB can decompress to 300 MB before gRPC checks the size, and the values of
// tensors hardly compress.
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
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "server/batching/clock.h"
#include "server/catalog/catalog.h"
#include "server/inference/open_calls.h"
#include "server/net/acceptor.h"
#include "server/rpc/call_counts.h"
#include "server/rpc/call_record.h"
#include "server/rpc/rpc_observer.h"

namespace ebm::rpc {

struct ServerOptions {
  std::string listen = "127.0.0.1:8500";  // HOST:PORT; port 0: any free port
  int max_message_mb = 16;                // per request, in MiB
  int max_buffer_mb = 1024;               // of gRPC's buffers of all connections, in MiB; see BufferMb
};

// The memory for messages that are being received: gRPC reads a message to its end before it refuses its size, but
// cancels streams when this is used up. So it is little more than a few messages of the allowed size need.
int BufferMb(const ServerOptions& options);

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
  // Listens and starts to serve. Unavailable if it cannot listen on the address.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const ServerParts& parts);
  // Drains with a time limit of zero.
  ~Server();

  // HOST:PORT with the actual port.
  const std::string& address() const { return acceptor_->address(); }

  void Drain(absl::Duration limit);

  ServerCounts Counts() const { return {.calls = CountCalls(), .shed_connections = acceptor_->shed_connections()}; }

  // A channel to this server within the process, without a port.
  std::shared_ptr<grpc::Channel> InProcessChannel() { return server_->InProcessChannel(grpc::ChannelArguments()); }

 private:
  explicit Server(const ServerParts& parts) : parts_(parts) {}
  absl::Status Listen(const ServerOptions& options);
  void SetHealth(bool serving);

  const ServerParts parts_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<net::Acceptor> acceptor_;  // gives its connections to connections_
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_SERVER_H_

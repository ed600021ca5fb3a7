// One TCP port that serves gRPC: its connections, limits and credentials.
//
// Messages must not be compressed: 300 kB can decompress to 300 MB before gRPC checks the size, and the values of
// tensors hardly compress.
//
// Threads: safe from any thread; Shutdown is called once.

#ifndef EBM_SERVER_RPC_PORT_H_
#define EBM_SERVER_RPC_PORT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/server_interceptor.h"
#include "server/net/acceptor.h"

namespace ebm::rpc {

struct PortOptions {
  std::string listen = "127.0.0.1:8500";                           // HOST:PORT; port 0: any free port
  int max_message_mb = 16;                                         // per request, in MiB
  int max_buffer_mb = 1024;                                        // of gRPC's buffers of all connections; see BufferMb
  int max_calls_per_connection = 1000;                             // further ones wait at the client
  absl::Duration max_connection_age = absl::InfiniteDuration();    // give or take 10 %
  absl::Duration max_connection_grace = absl::InfiniteDuration();  // for the calls of a connection of that age
  std::shared_ptr<grpc::ServerCredentials> credentials;            // null: plain text
};

// The memory for messages that are being received: gRPC reads a message to its end before it refuses its size, but
// cancels streams when this is used up. So it is little more than a few messages of the allowed size need.
int BufferMb(const PortOptions& options);

// What sees every call of a port; none if they are null.
struct CallHooks {
  std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> interceptors;
  std::unique_ptr<grpc::ContextAllocator> contexts;
};

class Port {
 public:
  // Listens and starts to serve. The services are borrowed and outlive the port. Unavailable if it cannot listen on the
  // address.
  static absl::StatusOr<std::unique_ptr<Port>> Open(const PortOptions& options,
                                                    const std::vector<grpc::Service*>& services, CallHooks hooks = {});
  // Shuts down without waiting.
  ~Port();

  // HOST:PORT with the actual port.
  const std::string& address() const { return acceptor_->address(); }

  // The number of connections that were closed for lack of file descriptors.
  int64_t shed_connections() const { return acceptor_->shed_connections(); }

  // Takes no more connections and tells the clients to take their new calls elsewhere (GOAWAY); waits until all calls
  // have ended, or cancels those that still run after the limit.
  void Shutdown(absl::Duration limit);
  // Cancels all calls, so that a Shutdown that waits returns.
  void CancelCalls();

 private:
  Port() = default;

  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<net::Acceptor> acceptor_;  // gives its connections to connections_
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_PORT_H_

#include "server/rpc/port.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "grpc/compression.h"
#include "grpc/grpc.h"
#include "grpc/support/time.h"
#include "grpcpp/resource_quota.h"
#include "model/core/status_macros.h"

namespace ebm::rpc {
namespace {

constexpr int kMinPingIntervalMs = 10'000;   // gRPC's default of five minutes refuses the pings of load balancers
constexpr int kKeepaliveTimeMs = 60'000;     // the interval of pings that detect vanished readers
constexpr int kKeepaliveTimeoutMs = 20'000;  // a reader that does not answer a ping for this long is gone

// The limit of calls of reflection, the only service with one thread per call. Further calls are refused.
constexpr int kMostSyncThreads = 32;

int ToMs(absl::Duration duration) {
  constexpr absl::Duration kLongest = absl::Milliseconds(std::numeric_limits<int>::max());  // which gRPC takes for ever
  return static_cast<int>(absl::ToInt64Milliseconds(std::min(duration, kLongest)));
}

void SetConnectionOptions(const PortOptions& options, grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_calls_per_connection);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, ToMs(options.max_connection_age));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, ToMs(options.max_connection_grace));
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
}

gpr_timespec After(absl::Duration limit) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(absl::ToInt64Milliseconds(limit), GPR_TIMESPAN));
}

}  // namespace

int BufferMb(const PortOptions& options) {
  constexpr int kForSmallMessages = 32;
  constexpr int kLargeMessages = 16;
  const int64_t wanted = kForSmallMessages + int64_t{kLargeMessages} * options.max_message_mb;
  return static_cast<int>(std::min<int64_t>(wanted, options.max_buffer_mb));
}

absl::StatusOr<std::unique_ptr<Port>> Port::Open(const PortOptions& options,
                                                 const std::vector<grpc::Service*>& services, CallHooks hooks) {
  std::unique_ptr<Port> port(new Port);
  grpc::ServerBuilder builder;
  const bool is_plain = options.credentials == nullptr;
  port->connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      is_plain ? grpc::InsecureServerCredentials() : options.credentials);
  builder.SetMaxReceiveMessageSize(options.max_message_mb << 20);
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  for (grpc::Service* const service : services) builder.RegisterService(service);
  SetConnectionOptions(options, &builder);
  builder.SetResourceQuota(
      grpc::ResourceQuota().Resize(size_t{1} * BufferMb(options) << 20).SetMaxThreads(kMostSyncThreads));
  if (hooks.interceptors != nullptr) {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
    factories.push_back(std::move(hooks.interceptors));
    builder.experimental().SetInterceptorCreators(std::move(factories));
  }
  if (hooks.contexts != nullptr) builder.SetContextAllocator(std::move(hooks.contexts));
  port->server_ = builder.BuildAndStart();
  if (port->server_ == nullptr) return absl::UnavailableError("gRPC could not start");
  const auto take = [connections = port->connections_.get()](int descriptor) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    connections->HandleNewConnection(&connection);
  };
  EBM_ASSIGN_OR_RETURN(port->acceptor_, net::Acceptor::Start(options.listen, net::RequestsReserve(), take));
  return port;
}

Port::~Port() {
  if (server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void Port::Shutdown(absl::Duration limit) {
  if (acceptor_ != nullptr) acceptor_->Stop();
  server_->Shutdown(After(limit));
  server_->Wait();
}

void Port::CancelCalls() { grpc_server_cancel_all_calls(server_->c_server()); }

}  // namespace ebm::rpc

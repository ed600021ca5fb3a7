#include "server/rpc/server.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "grpc/compression.h"
#include "grpc/support/time.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "model/core/status_macros.h"
#include "server/rpc/call_context.h"
#include "server/rpc/call_interceptor.h"

namespace ebm::rpc {
namespace {

// The time that ended calls have to send their last messages to their readers.
constexpr int64_t kLastMessagesMs = 2000;

constexpr int kMaxConcurrentStreams = 1000;  // per connection
constexpr int kMinPingIntervalMs = 10'000;   // gRPC's default of five minutes refuses the pings of load balancers
constexpr int kKeepaliveTimeMs = 60'000;     // the interval of pings that detect vanished readers
constexpr int kKeepaliveTimeoutMs = 20'000;  // a reader that does not answer a ping for this long is gone

void SetConnectionOptions(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
}

void SetInterceptor(const ServerParts& parts, grpc::ServerBuilder* builder) {
  std::vector<std::string> services;
  services.reserve(parts.services.size());
  for (const NamedService& service : parts.services) services.push_back(service.name);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<CallInterceptorFactory>(
      services, CallReceivers{.observer = parts.observer, .log = parts.log, .clock = parts.clock}));
  builder->experimental().SetInterceptorCreators(std::move(factories));
  builder->SetContextAllocator(std::make_unique<CallContexts>());
}

}  // namespace

int BufferMb(const ServerOptions& options) {
  constexpr int kForSmallMessages = 32;
  constexpr int kLargeMessages = 16;
  const int64_t wanted = kForSmallMessages + int64_t{kLargeMessages} * options.max_message_mb;
  return static_cast<int>(std::min<int64_t>(wanted, options.max_buffer_mb));
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, const ServerParts& parts) {
  std::unique_ptr<Server> server(new Server(parts));
  EBM_RETURN_IF_ERROR(server->Listen(options));
  server->SetHealth(true);
  return server;
}

Server::~Server() {
  if (server_ != nullptr) Drain(absl::ZeroDuration());
}

absl::Status Server::Listen(const ServerOptions& options) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(options.max_message_mb << 20);
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  for (const NamedService& service : parts_.services) builder.RegisterService(service.service);
  SetConnectionOptions(&builder);
  builder.SetResourceQuota(grpc::ResourceQuota("ebm-server").Resize(size_t{1} * BufferMb(options) << 20));
  SetInterceptor(parts_, &builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::UnavailableError("gRPC could not start");
  EBM_ASSIGN_OR_RETURN(acceptor_, net::Acceptor::Start(options.listen, net::RequestsReserve(), [this](int descriptor) {
                         grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
                         connection.fd = descriptor;
                         connections_->HandleNewConnection(&connection);
                       }));
  return absl::OkStatus();
}

void Server::SetHealth(bool serving) {
  grpc::HealthCheckServiceInterface& health = *server_->GetHealthCheckService();
  health.SetServingStatus("", serving);
  for (const NamedService& service : parts_.services) health.SetServingStatus(service.name, serving);
}

void Server::Drain(absl::Duration limit) {
  const batching::SteadyTime until = parts_.clock->Now() + limit;
  SetHealth(false);
  parts_.catalog->Drain(until, absl::UnavailableError("the server is shutting down; try another"));
  parts_.open_calls->WaitUntilNone(until, *parts_.clock);
  if (acceptor_ != nullptr) acceptor_->Stop();
  server_->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kLastMessagesMs, GPR_TIMESPAN)));
  server_->Wait();
}

}  // namespace ebm::rpc

#include "server/rpc/server.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "model/core/status_macros.h"
#include "server/rpc/call_context.h"
#include "server/rpc/call_interceptor.h"

namespace ebm::rpc {
namespace {

// The time that ended calls have to send their last messages to their readers.
constexpr absl::Duration kLastMessages = absl::Seconds(2);

constexpr char kEnding[] = "the server is shutting down; try another";

}  // namespace

Server::Server(const ServerParts& parts) : parts_(parts), health_(parts.health) {}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const PortOptions& options, const ServerParts& parts) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Server> server(new Server(parts));
  std::vector<std::string> names;
  std::vector<grpc::Service*> services = {&server->health_};
  for (const NamedService& service : parts.services) {
    names.push_back(service.name);
    services.push_back(service.service);
  }
  const CallReceivers receivers = {.observer = parts.observer, .log = parts.log, .clock = parts.clock};
  CallHooks hooks = {.interceptors = std::make_unique<CallInterceptorFactory>(names, receivers),
                     .contexts = std::make_unique<CallContexts>()};
  EBM_ASSIGN_OR_RETURN(server->port_, Port::Open(options, services, std::move(hooks)));
  parts.health->SetReady(Health::kServing);
  return server;
}

Server::~Server() {
  if (port_ != nullptr && !drained_) Drain(absl::ZeroDuration());
}

// The catalog refuses calls only when no more can arrive: a client may have sent one before it was told to go
// elsewhere.
void Server::Drain(absl::Duration limit) {
  drained_ = true;
  const batching::SteadyTime until = parts_.clock->Now() + limit;
  parts_.health->SetReady(Health::kNotServing);
  parts_.health->End();
  absl::Notification closed;
  const auto shut_down = [&] {
    port_->Shutdown(limit + kLastMessages);
    closed.Notify();
  };
  std::thread shutdown;
  try {
    shutdown = std::thread(shut_down);
  } catch (const std::system_error&) {  // no thread is left: calls end at the limit, and clients are told afterwards
    parts_.open_calls->WaitUntilNone(until, *parts_.clock);
    parts_.catalog->Drain(until, absl::UnavailableError(kEnding));
    return port_->Shutdown(kLastMessages);
  }
  parts_.open_calls->WaitUntilNone(until, *parts_.clock);
  const absl::Duration left = std::max(until - parts_.clock->Now(), absl::ZeroDuration());
  closed.WaitForNotificationWithTimeout(std::min(left, kLastMessages));
  parts_.catalog->Drain(until, absl::UnavailableError(kEnding));
  parts_.open_calls->WaitUntilNone(until, *parts_.clock);
  if (!closed.WaitForNotificationWithTimeout(kLastMessages)) port_->CancelCalls();
  shutdown.join();
}

}  // namespace ebm::rpc

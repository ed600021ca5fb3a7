#include "server/observe/rpc_metrics.h"

#include <string>

#include "server/observe/buckets.h"

namespace ebm::observe {
namespace {

prometheus::Family<prometheus::Counter>& AddCounter(prometheus::Registry* registry, const std::string& name,
                                                    const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
}

prometheus::Labels ToLabels(const rpc::RpcMethod& method) {
  return {{"grpc_type", method.type}, {"grpc_service", method.service}, {"grpc_method", method.method}};
}

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Registry* registry)
    : started_(AddCounter(registry, "grpc_server_started_total", "Calls that began.")),
      received_(AddCounter(registry, "grpc_server_msg_received_total", "Messages received from callers.")),
      sent_(AddCounter(registry, "grpc_server_msg_sent_total", "Messages sent to callers.")),
      handled_(AddCounter(registry, "grpc_server_handled_total", "Calls that ended, by status code.")),
      handling_seconds_(prometheus::BuildHistogram()
                            .Name("grpc_server_handling_seconds")
                            .Help("From a call's begin to its end.")
                            .Register(*registry)) {}

void RpcMetrics::Started(const rpc::RpcMethod& method) { started_.Add(ToLabels(method)).Increment(); }

void RpcMetrics::MessageReceived(const rpc::RpcMethod& method) { received_.Add(ToLabels(method)).Increment(); }

void RpcMetrics::MessageSent(const rpc::RpcMethod& method) { sent_.Add(ToLabels(method)).Increment(); }

void RpcMetrics::Handled(const rpc::RpcMethod& method, absl::string_view code, absl::Duration since_start) {
  prometheus::Labels labels = ToLabels(method);
  handling_seconds_.Add(labels, SecondsBuckets()).Observe(absl::ToDoubleSeconds(since_start));
  labels["grpc_code"] = std::string(code);
  handled_.Add(labels).Increment();
}

}  // namespace ebm::observe

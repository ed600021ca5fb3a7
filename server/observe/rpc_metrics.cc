#include "server/observe/rpc_metrics.h"

#include <string>
#include <utility>

#include "server/observe/buckets.h"
#include "server/observe/families.h"

namespace ebm::observe {
namespace {

prometheus::MetricFamily Counter(const char* name, const char* help, int64_t value) {
  prometheus::MetricFamily family{.name = name, .help = help, .type = prometheus::MetricType::Counter, .metric = {}};
  family.metric.emplace_back().counter.value = static_cast<double>(value);
  return family;
}

prometheus::Labels ToLabels(const rpc::RpcMethod& method) {
  return {{"grpc_type", method.type}, {"grpc_service", method.service}, {"grpc_method", method.method}};
}

// The metrics of one method. The counter of a status code is created when the code first occurs, so that a scrape lists
// only codes that have occurred.
class MethodMetrics final : public rpc::MethodObserver {
 public:
  MethodMetrics(const RpcMetrics::Families& families, const rpc::RpcMethod& method)
      : labels_(ToLabels(method)),
        started_(families.started.Add(labels_)),
        received_(families.received.Add(labels_)),
        sent_(families.sent.Add(labels_)),
        handling_seconds_(families.handling_seconds.Add(labels_, SecondsBuckets())),
        handled_family_(families.handled) {}

  void Started() override { started_.Increment(); }
  void MessageReceived() override { received_.Increment(); }
  void MessageSent() override { sent_.Increment(); }
  void Handled(absl::string_view code, absl::Duration since_start) override {
    handling_seconds_.Observe(absl::ToDoubleSeconds(since_start));
    HandledWith(code).Increment();
  }

 private:
  prometheus::Counter& HandledWith(absl::string_view code) {
    const absl::MutexLock lock(&mu_);
    for (const auto& [known, counter] : handled_) {
      if (known == code) return *counter;
    }
    prometheus::Labels labels = labels_;
    labels["grpc_code"] = std::string(code);
    handled_.emplace_back(code, &handled_family_.Add(labels));
    return *handled_.back().second;
  }

  const prometheus::Labels labels_;
  prometheus::Counter& started_;
  prometheus::Counter& received_;
  prometheus::Counter& sent_;
  prometheus::Histogram& handling_seconds_;
  prometheus::Family<prometheus::Counter>& handled_family_;
  absl::Mutex mu_;
  std::vector<std::pair<std::string, prometheus::Counter*>> handled_ ABSL_GUARDED_BY(mu_);  // by code
};

}  // namespace

RpcMetrics::RpcMetrics(prometheus::Registry* registry)
    : families_{.started = AddCounters(registry, "grpc_server_started_total", "Calls that started."),
                .received = AddCounters(registry, "grpc_server_msg_received_total", "Messages received from clients."),
                .sent = AddCounters(registry, "grpc_server_msg_sent_total", "Messages sent to clients."),
                .handled = AddCounters(registry, "grpc_server_handled_total", "Calls that ended, by status code."),
                .handling_seconds =
                    AddHistograms(registry, "grpc_server_handling_seconds", "Time from a call's start to its end.")} {}

rpc::MethodObserver* RpcMetrics::OfMethod(const rpc::RpcMethod& method) {
  const absl::MutexLock lock(&mu_);
  return methods_.emplace_back(std::make_unique<MethodMetrics>(families_, method)).get();
}

std::vector<prometheus::MetricFamily> ServerCounters::Collect() const {
  const rpc::ServerCounts counts = counts_();
  return {
      Counter("ebm_grpc_calls_started_total",
              "All calls, also those that gRPC refuses before a method runs: too large a message, a wrong header.",
              counts.calls.started),
      Counter("ebm_grpc_calls_failed_total",
              "Calls that ended without a status from a method: refused by gRPC, or cancelled.", counts.calls.failed),
      Counter("ebm_shed_connections_total", "Connections that were closed for lack of file descriptors.",
              counts.shed_connections)};
}

}  // namespace ebm::observe

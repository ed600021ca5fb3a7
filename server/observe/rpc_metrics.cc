#include "server/observe/rpc_metrics.h"

#include <array>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/observe/buckets.h"
#include "server/observe/families.h"
#include "server/rpc/code_name.h"

namespace ebm::observe {
namespace {

prometheus::Labels ToLabels(const rpc::RpcMethod& method) {
  return {{"grpc_type", method.type}, {"grpc_service", method.service}, {"grpc_method", method.method}};
}

// The metrics of one method. The counters of all status codes exist from the start, so that increase() sees the first
// call that ends with one.
class MethodMetrics final : public rpc::MethodObserver {
 public:
  MethodMetrics(const RpcMetrics::Families& families, const rpc::RpcMethod& method)
      : started_(families.started.Add(ToLabels(method))),
        received_(families.received.Add(ToLabels(method))),
        sent_(families.sent.Add(ToLabels(method))),
        handling_seconds_(families.handling_seconds.Add(ToLabels(method), SecondsBuckets())) {
    prometheus::Labels labels = ToLabels(method);
    for (size_t code = 0; code < handled_.size(); ++code) {
      labels["grpc_code"] = std::string(rpc::kCodeNames[code]);
      handled_[code] = &families.handled.Add(labels);
    }
  }

  void Started() override { started_.Increment(); }
  void MessageReceived() override { received_.Increment(); }
  void MessageSent() override { sent_.Increment(); }
  void Handled(absl::StatusCode code, absl::Duration since_start) override {
    handling_seconds_.Observe(absl::ToDoubleSeconds(since_start));
    handled_[rpc::CodeIndex(code)]->Increment();
  }

 private:
  prometheus::Counter& started_;
  prometheus::Counter& received_;
  prometheus::Counter& sent_;
  prometheus::Histogram& handling_seconds_;
  std::array<prometheus::Counter*, rpc::kCodeNames.size()> handled_ = {};
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
      WithValue(CountersOf("ebm_grpc_calls_started_total",
                           "All calls, also those that gRPC refuses before a method runs: too large a message, a "
                           "wrong header."),
                static_cast<double>(counts.calls.started)),
      WithValue(CountersOf("ebm_grpc_calls_failed_total",
                           "Calls that gRPC counts as failed: a method answered with an error, or they were "
                           "cancelled."),
                static_cast<double>(counts.calls.failed)),
      WithValue(CountersOf("ebm_shed_connections_total", "Connections that were closed for lack of file descriptors."),
                static_cast<double>(counts.shed_connections))};
}

}  // namespace ebm::observe

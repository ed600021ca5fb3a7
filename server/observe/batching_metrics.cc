#include "server/observe/batching_metrics.h"

#include <string>

#include "server/observe/buckets.h"

namespace ebm::observe {
namespace {

prometheus::Counter& AddCounter(prometheus::Registry* registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry).Add({});
}

prometheus::Histogram& AddHistogram(prometheus::Registry* registry, const std::string& name, const std::string& help,
                                    const prometheus::Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry).Add({}, buckets);
}

prometheus::MetricFamily Gauge(const std::string& name, const std::string& help, int64_t value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = static_cast<double>(value);
  return {.name = name, .help = help, .type = prometheus::MetricType::Gauge, .metric = {metric}};
}

}  // namespace

BatchingMetrics::BatchingMetrics(prometheus::Registry* registry)
    : chain_steps_(AddCounter(registry, "ebm_chain_steps_total", "Total number of steps of all chains.")),
      diverged_chains_(AddCounter(registry, "ebm_diverged_chains_total", "Chains whose state became non-finite.")),
      rows_evaluated_(
          AddCounter(registry, "ebm_rows_evaluated_total", "Rows of Classify and Score requests that were evaluated.")),
      step_duration_(AddHistogram(registry, "ebm_step_duration_seconds", "Duration of one step of one worker's chains.",
                                  SecondsBuckets())),
      batch_chains_(AddHistogram(registry, "ebm_batch_chains", "Number of chains in one step of one worker.",
                                 {1, 2, 4, 8, 12, 16, 32, 64, 128, 256})),
      time_to_first_frame_(AddHistogram(registry, "ebm_time_to_first_frame_seconds",
                                        "Time from a Sample request's admission to its first frame.",
                                        SecondsBuckets())),
      queue_wait_(AddHistogram(registry, "ebm_queue_wait_seconds",
                               "Time from a request's admission to its first chain or row in a worker.",
                               SecondsBuckets())) {}

void BatchingMetrics::StepTaken(absl::Duration duration, int chains) {
  step_duration_.Observe(absl::ToDoubleSeconds(duration));
  batch_chains_.Observe(chains);
  chain_steps_.Increment(chains);
}

void BatchingMetrics::RowsEvaluated(absl::Duration /*duration*/, int rows) { rows_evaluated_.Increment(rows); }

void BatchingMetrics::FirstFrame(absl::Duration since_submit) {
  time_to_first_frame_.Observe(absl::ToDoubleSeconds(since_submit));
}

void BatchingMetrics::QueueWait(absl::Duration since_submit) {
  queue_wait_.Observe(absl::ToDoubleSeconds(since_submit));
}

void BatchingMetrics::ChainDiverged() { diverged_chains_.Increment(); }

std::vector<prometheus::MetricFamily> MemoryGauge::Collect() const {
  return {Gauge("ebm_request_memory_bytes", "Memory that requests hold.", static_cast<int64_t>(budget_.held()))};
}

std::vector<prometheus::MetricFamily> SchedulerGauges::Collect() const {
  const batching::SchedulerStats stats = stats_();
  return {Gauge("ebm_queue_depth", "Requests that no worker has started.", stats.queued_requests),
          Gauge("ebm_ready_chains", "Chains that wait for a slot.", stats.ready_chains),
          Gauge("ebm_running_chains", "Chains in workers' slots.", stats.running_chains),
          Gauge("ebm_parked_chains", "Chains that wait for a slow reader.", stats.parked_chains),
          Gauge("ebm_queued_rows", "Rows of Classify and Score requests that wait for a worker.", stats.queued_rows)};
}

}  // namespace ebm::observe

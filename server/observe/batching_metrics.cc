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
    : chain_steps_(AddCounter(registry, "ebm_chain_steps_total", "Steps done by all chains together.")),
      diverged_chains_(AddCounter(registry, "ebm_diverged_chains_total", "Chains that left the finite numbers.")),
      rows_evaluated_(AddCounter(registry, "ebm_rows_evaluated_total", "Rows of Classify and Score evaluated.")),
      step_duration_(
          AddHistogram(registry, "ebm_step_duration_seconds", "One step of one worker's chains.", SecondsBuckets())),
      batch_chains_(AddHistogram(registry, "ebm_batch_chains", "Chains that took a step of a worker together.",
                                 {1, 2, 4, 8, 12, 16, 32, 64, 128, 256})),
      time_to_first_frame_(AddHistogram(registry, "ebm_time_to_first_frame_seconds",
                                        "From a Sample request's admission to the first frame taken by its reader.",
                                        SecondsBuckets())),
      queue_wait_(AddHistogram(registry, "ebm_queue_wait_seconds",
                               "From a request's admission to its first place in a worker.", SecondsBuckets())) {}

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

std::vector<prometheus::MetricFamily> SchedulerGauges::Collect() const {
  const batching::SchedulerStats stats = stats_();
  return {Gauge("ebm_queue_depth", "Requests that have not begun.", stats.queued_requests),
          Gauge("ebm_ready_chains", "Chains that wait for a worker.", stats.ready_chains),
          Gauge("ebm_running_chains", "Chains that workers are moving.", stats.running_chains),
          Gauge("ebm_parked_chains", "Chains that wait for their reader.", stats.parked_chains),
          Gauge("ebm_queued_rows", "Rows of Classify and Score that wait for a worker.", stats.queued_rows)};
}

}  // namespace ebm::observe

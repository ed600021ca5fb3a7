#include "server/observe/batching_metrics.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "server/observe/buckets.h"
#include "server/observe/families.h"

namespace ebm::observe {
namespace {

prometheus::Labels LabelsOf(const ModelLabels& model) { return {{"model", model.name}, {"version", model.version}}; }

prometheus::ClientMetric Value(const prometheus::Labels& labels, int64_t value) {
  prometheus::ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  metric.gauge.value = static_cast<double>(value);
  return metric;
}

prometheus::MetricFamily Gauge(const std::string& name, const std::string& help) {
  return {.name = name, .help = help, .type = prometheus::MetricType::Gauge, .metric = {}};
}

// Models with the same labels as one, since a scrape must not have a series twice.
std::vector<ModelStatus> SumByLabels(const std::vector<ModelStatus>& models) {
  std::vector<ModelStatus> sums;
  for (const ModelStatus& model : models) {
    const auto same =
        std::ranges::find_if(sums, [&](const ModelStatus& other) { return other.labels == model.labels; });
    if (same == sums.end()) {
      sums.push_back(model);
    } else {
      same->stats += model.stats;
    }
  }
  return sums;
}

// A series of a family, which is removed with this object.
template <typename Metric>
class Series {
 public:
  template <typename... Settings>
  Series(prometheus::Family<Metric>* family, const prometheus::Labels& labels, const Settings&... settings)
      : family_(*family), metric_(family->Add(labels, settings...)) {}
  ~Series() { family_.Remove(&metric_); }
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;

  Metric* operator->() { return &metric_; }

 private:
  prometheus::Family<Metric>& family_;
  Metric& metric_;
};

class ModelObserver final : public batching::BatchingObserver {
 public:
  ModelObserver(const BatchingMetrics::Families& families, const prometheus::Labels& labels)
      : chain_steps_(&families.chain_steps, labels),
        diverged_chains_(&families.diverged_chains, labels),
        rows_evaluated_(&families.rows_evaluated, labels),
        step_duration_(&families.step_duration, labels, SecondsBuckets()),
        batch_chains_(&families.batch_chains, labels,
                      prometheus::Histogram::BucketBoundaries{1, 2, 4, 8, 12, 16, 32, 64, 128, 256}),
        time_to_first_frame_(&families.time_to_first_frame, labels, SecondsBuckets()),
        queue_wait_(&families.queue_wait, labels, SecondsBuckets()) {}

  void StepTaken(absl::Duration duration, int chains) override {
    step_duration_->Observe(absl::ToDoubleSeconds(duration));
    batch_chains_->Observe(chains);
    chain_steps_->Increment(chains);
  }
  void RowsEvaluated(absl::Duration /*duration*/, int rows) override { rows_evaluated_->Increment(rows); }
  void FirstFrame(absl::Duration since_submit) override {
    time_to_first_frame_->Observe(absl::ToDoubleSeconds(since_submit));
  }
  void QueueWait(absl::Duration since_submit) override { queue_wait_->Observe(absl::ToDoubleSeconds(since_submit)); }
  void ChainDiverged() override { diverged_chains_->Increment(); }

 private:
  Series<prometheus::Counter> chain_steps_;
  Series<prometheus::Counter> diverged_chains_;
  Series<prometheus::Counter> rows_evaluated_;
  Series<prometheus::Histogram> step_duration_;
  Series<prometheus::Histogram> batch_chains_;
  Series<prometheus::Histogram> time_to_first_frame_;
  Series<prometheus::Histogram> queue_wait_;
};

}  // namespace

BatchingMetrics::BatchingMetrics(prometheus::Registry* registry)
    : families_{
          .chain_steps = AddCounters(registry, "ebm_chain_steps_total", "Total number of steps of all chains."),
          .diverged_chains =
              AddCounters(registry, "ebm_diverged_chains_total", "Chains whose state became non-finite."),
          .rows_evaluated = AddCounters(registry, "ebm_rows_evaluated_total",
                                        "Rows of Classify and Score requests that were evaluated."),
          .step_duration =
              AddHistograms(registry, "ebm_step_duration_seconds", "Duration of one step of one worker's chains."),
          .batch_chains = AddHistograms(registry, "ebm_batch_chains", "Number of chains in one step of one worker."),
          .time_to_first_frame = AddHistograms(registry, "ebm_time_to_first_frame_seconds",
                                               "Time from a Sample request's admission to its first frame."),
          .queue_wait = AddHistograms(registry, "ebm_queue_wait_seconds",
                                      "Time from a request's admission to its first chain or row in a worker.")} {}

std::shared_ptr<batching::BatchingObserver> BatchingMetrics::ObserverOf(const ModelLabels& model) {
  const Key key = {model.name, model.version};
  batching::BatchingObserver* observer = nullptr;
  {
    absl::MutexLock lock(&mu_);
    Shared& shared = models_[key];
    if (shared.observer == nullptr) shared.observer = std::make_unique<ModelObserver>(families_, LabelsOf(model));
    ++shared.users;
    observer = shared.observer.get();
  }
  return {observer, [this, key](batching::BatchingObserver* /*observer*/) { Release(key); }};
}

void BatchingMetrics::Release(const Key& key) {
  absl::MutexLock lock(&mu_);
  const auto shared = models_.find(key);
  if (--shared->second.users == 0) models_.erase(shared);
}

std::vector<prometheus::MetricFamily> MemoryGauge::Collect() const {
  prometheus::MetricFamily memory = Gauge("ebm_request_memory_bytes", "Memory that requests hold.");
  memory.metric.push_back(Value({}, static_cast<int64_t>(budget_.held())));
  return {memory};
}

std::vector<prometheus::MetricFamily> ModelGauges::Collect() const {
  prometheus::MetricFamily info = Gauge("ebm_model_info", "Always 1; the labels describe a served model.");
  prometheus::MetricFamily queued = Gauge("ebm_queue_depth", "Requests that no worker has started.");
  prometheus::MetricFamily ready = Gauge("ebm_ready_chains", "Chains that wait for a slot.");
  prometheus::MetricFamily running = Gauge("ebm_running_chains", "Chains in workers' slots.");
  prometheus::MetricFamily parked = Gauge("ebm_parked_chains", "Chains that wait for a slow reader.");
  prometheus::MetricFamily rows =
      Gauge("ebm_queued_rows", "Rows of Classify and Score requests that wait for a worker.");
  for (const ModelStatus& model : SumByLabels(models_())) {
    const prometheus::Labels labels = LabelsOf(model.labels);
    prometheus::Labels described = labels;
    described.insert({{"family", model.family}, {"data", model.data}, {"recipe", model.recipe}});
    info.metric.push_back(Value(described, 1));
    queued.metric.push_back(Value(labels, model.stats.queued_requests));
    ready.metric.push_back(Value(labels, model.stats.ready_chains));
    running.metric.push_back(Value(labels, model.stats.running_chains));
    parked.metric.push_back(Value(labels, model.stats.parked_chains));
    rows.metric.push_back(Value(labels, model.stats.queued_rows));
  }
  return {info, queued, ready, running, parked, rows};
}

}  // namespace ebm::observe

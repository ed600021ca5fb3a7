// The engine's metrics: counters and histograms of its events, and gauges of the queues, which are read from the
// schedulers at every scrape. All series of a model have the labels `model` and `version`, and disappear with it.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_BATCHING_METRICS_H_
#define EBM_SERVER_OBSERVE_BATCHING_METRICS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/labels.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "server/batching/batching_observer.h"
#include "server/batching/memory_budget.h"
#include "server/batching/scheduler.h"

namespace ebm::observe {

// A model's labels.
struct ModelLabels {
  std::string name;
  std::string version;

  friend bool operator==(const ModelLabels&, const ModelLabels&) = default;
};

// A model, as a scrape sees it.
struct ModelStatus {
  ModelLabels labels;
  std::string family;
  std::string data;    // the training data's name
  std::string recipe;  // the training recipe's name
  batching::SchedulerStats stats;
};

class BatchingMetrics {
 public:
  // The registry outlives the object.
  explicit BatchingMetrics(prometheus::Registry* registry);

  // The observer of one model. Observers with the same labels share their series, which exist as long as one of them
  // does: a model that is loaded again may have the labels of one that still finishes its requests. This object
  // outlives them.
  std::shared_ptr<batching::BatchingObserver> ObserverOf(const ModelLabels& model);

  // The metric families, shared by all models.
  struct Families {
    prometheus::Family<prometheus::Counter>& chain_steps;
    prometheus::Family<prometheus::Counter>& diverged_chains;
    prometheus::Family<prometheus::Counter>& rows_evaluated;
    prometheus::Family<prometheus::Histogram>& step_duration;
    prometheus::Family<prometheus::Histogram>& batch_chains;
    prometheus::Family<prometheus::Histogram>& time_to_first_frame;
    prometheus::Family<prometheus::Histogram>& queue_wait;
  };

 private:
  using Key = std::pair<std::string, std::string>;  // name, version
  struct Shared {
    std::unique_ptr<batching::BatchingObserver> observer;
    int users = 0;
  };

  void Release(const Key& key);

  const Families families_;
  absl::Mutex mu_;
  std::map<Key, Shared> models_ ABSL_GUARDED_BY(mu_);
};

// ebm_request_memory_bytes.
class MemoryGauge final : public prometheus::Collectable {
 public:
  // The budget is borrowed until the last scrape.
  explicit MemoryGauge(const batching::MemoryBudget* budget) : budget_(*budget) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const batching::MemoryBudget& budget_;
};

// ebm_model_info, a gauge of constant 1 whose labels describe a model, and the gauges of its queue.
class ModelGauges final : public prometheus::Collectable {
 public:
  // models is called once per scrape, from the metrics server's thread.
  explicit ModelGauges(std::function<std::vector<ModelStatus>()> models) : models_(std::move(models)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<std::vector<ModelStatus>()> models_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_BATCHING_METRICS_H_

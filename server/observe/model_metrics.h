// The metrics of models: the series of their events (model_series.h), and gauges of their queues, which are read from
// the schedulers at every scrape. All series of a model have the labels `model` and `version`, and disappear with it.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_MODEL_METRICS_H_
#define EBM_SERVER_OBSERVE_MODEL_METRICS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "server/batching/scheduler_stats.h"
#include "server/inference/model.h"
#include "server/inference/model_observer.h"
#include "server/observe/model_series.h"

namespace ebm::observe {

// A model's labels.
struct ModelLabels {
  std::string name;
  std::string version;

  friend auto operator<=>(const ModelLabels&, const ModelLabels&) = default;
};

// A model, as a scrape sees it.
struct ModelStatus {
  ModelLabels labels;
  std::string family;
  std::string data;    // the training data's name
  std::string recipe;  // the training recipe's name
  int64_t slots = 0;   // of all workers together
  batching::SchedulerStats stats;
};

// workers: how many the model has.
ModelStatus StatusOf(const inference::ModelInfo& model, int workers, const batching::SchedulerStats& stats);

class ModelMetrics final : public prometheus::Collectable {
 public:
  // The observer of one model. Observers of models with the same labels share their series, which exist as long as one
  // of them does: a model that is loaded again may have the labels of one that still finishes its requests. This object
  // outlives them.
  std::shared_ptr<inference::ModelObserver> ObserverOf(const inference::ModelInfo& model);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Shared {
    std::unique_ptr<ModelSeries> series;
    int users = 0;
  };

  void Release(const ModelLabels& labels);

  mutable absl::Mutex mu_;
  std::map<ModelLabels, Shared> models_ ABSL_GUARDED_BY(mu_);
};

// ebm_model_info, a gauge of constant 1 whose labels describe a model, and the gauges of its queue and slots.
class ModelGauges final : public prometheus::Collectable {
 public:
  // models is called once per scrape, from the metrics server's thread.
  explicit ModelGauges(std::function<std::vector<ModelStatus>()> models) : models_(std::move(models)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<std::vector<ModelStatus>()> models_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_MODEL_METRICS_H_

#include "server/observe/model_metrics.h"

#include <algorithm>

#include "server/observe/families.h"

namespace ebm::observe {
namespace {

SeriesLabels LabelsOf(const ModelLabels& model) { return {{"model", model.name}, {"version", model.version}}; }

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
      same->slots += model.slots;
    }
  }
  return sums;
}

double OccupancyOf(const ModelStatus& model) {
  return model.slots == 0 ? 0 : static_cast<double>(model.stats.running_chains) / static_cast<double>(model.slots);
}

}  // namespace

ModelStatus StatusOf(const inference::ModelInfo& model, int workers, const batching::SchedulerStats& stats) {
  return {.labels = {.name = model.name, .version = model.version},
          .family = model.spec.family(),
          .data = model.provenance.data_name,
          .recipe = model.provenance.recipe,
          .slots = int64_t{model.slots} * workers,
          .stats = stats};
}

std::shared_ptr<inference::ModelObserver> ModelMetrics::ObserverOf(const inference::ModelInfo& model) {
  const ModelLabels labels = {.name = model.name, .version = model.version};
  inference::ModelObserver* observer = nullptr;
  {
    const absl::MutexLock lock(&mu_);
    Shared& shared = models_[labels];
    if (shared.series == nullptr) shared.series = std::make_unique<ModelSeries>(model);
    ++shared.users;
    observer = shared.series.get();
  }
  return {observer, [this, labels](inference::ModelObserver* /*observer*/) { Release(labels); }};
}

void ModelMetrics::Release(const ModelLabels& labels) {
  const absl::MutexLock lock(&mu_);
  const auto shared = models_.find(labels);
  if (--shared->second.users == 0) models_.erase(shared);
}

std::vector<prometheus::MetricFamily> ModelMetrics::Collect() const {
  std::vector<prometheus::MetricFamily> families = ModelSeries::Families();
  {
    const absl::MutexLock lock(&mu_);
    for (const auto& [labels, shared] : models_) shared.series->AddTo(families, LabelsOf(labels));
  }
  std::erase_if(families, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  return families;
}

std::vector<prometheus::MetricFamily> ModelGauges::Collect() const {
  prometheus::MetricFamily info = GaugesOf("ebm_model_info", "Always 1; the labels describe a served model.");
  prometheus::MetricFamily queued = GaugesOf("ebm_queue_depth", "Requests that no worker has started.");
  prometheus::MetricFamily ready = GaugesOf("ebm_ready_chains", "Chains that wait for a slot.");
  prometheus::MetricFamily running = GaugesOf("ebm_running_chains", "Chains in workers' slots.");
  prometheus::MetricFamily parked = GaugesOf("ebm_parked_chains", "Chains that wait for a slow reader.");
  prometheus::MetricFamily rows =
      GaugesOf("ebm_queued_rows", "Rows of Classify and Score requests that wait for a worker.");
  prometheus::MetricFamily slots = GaugesOf("ebm_slots", "Slots for chains, of all workers together.");
  prometheus::MetricFamily occupancy = GaugesOf("ebm_tile_occupancy_ratio", "Occupied slots divided by slots, 0 to 1.");
  for (const ModelStatus& model : SumByLabels(models_())) {
    const SeriesLabels labels = LabelsOf(model.labels);
    SeriesLabels described = labels;
    described.insert(described.end(), {{"family", model.family}, {"data", model.data}, {"recipe", model.recipe}});
    AddValue(info, described, 1);
    AddValue(queued, labels, static_cast<double>(model.stats.queued_requests));
    AddValue(ready, labels, static_cast<double>(model.stats.ready_chains));
    AddValue(running, labels, static_cast<double>(model.stats.running_chains));
    AddValue(parked, labels, static_cast<double>(model.stats.parked_chains));
    AddValue(rows, labels, static_cast<double>(model.stats.queued_rows));
    AddValue(slots, labels, static_cast<double>(model.slots));
    AddValue(occupancy, labels, OccupancyOf(model));
  }
  return {info, queued, ready, running, parked, rows, slots, occupancy};
}

}  // namespace ebm::observe

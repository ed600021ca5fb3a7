#include "server/observe/load_metrics.h"

#include <cstddef>
#include <utility>

#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"
#include "server/observe/families.h"

namespace ebm::observe {
namespace {

constexpr const char* kOutcomes[] = {"loaded", "failed"};

}  // namespace

void LoadMetrics::Loaded(const std::string& model, LoadOutcome outcome, absl::Duration duration) {
  const absl::MutexLock lock(&mu_);
  std::unique_ptr<Loads>& loads = models_[model];
  if (loads == nullptr) loads = std::make_unique<Loads>();
  ++loads->counts[static_cast<size_t>(outcome)];
  loads->duration.Observe(absl::ToDoubleSeconds(duration));
}

void LoadMetrics::Forget(const std::string& model) {
  const absl::MutexLock lock(&mu_);
  models_.erase(model);
}

std::vector<prometheus::MetricFamily> LoadMetrics::Collect() const {
  prometheus::MetricFamily loads = CountersOf("ebm_model_loads_total", "Loads of models that ended, by outcome.");
  prometheus::MetricFamily durations = {.name = "ebm_model_load_duration_seconds",
                                        .help = "Time that a load took, also one that failed.",
                                        .type = prometheus::MetricType::Histogram,
                                        .metric = {}};
  const absl::MutexLock lock(&mu_);
  if (models_.empty()) return {};
  for (const auto& [model, of_model] : models_) {
    for (size_t outcome = 0; outcome < of_model->counts.size(); ++outcome) {
      AddValue(loads, {{"model", model}, {"outcome", kOutcomes[outcome]}},
               static_cast<double>(of_model->counts[outcome]));
    }
    prometheus::ClientMetric duration = of_model->duration.Collect();
    duration.label = {{"model", model}};
    durations.metric.push_back(std::move(duration));
  }
  return {loads, durations};
}

}  // namespace ebm::observe

// Metric families: in a registry of the metrics library, or made at every scrape.

#ifndef EBM_SERVER_OBSERVE_FAMILIES_H_
#define EBM_SERVER_OBSERVE_FAMILIES_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/client_metric.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/metric_family.h"
#include "prometheus/metric_type.h"
#include "prometheus/registry.h"

namespace ebm::observe {

inline prometheus::Family<prometheus::Counter>& AddCounters(prometheus::Registry* registry, const std::string& name,
                                                            const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
}

inline prometheus::Family<prometheus::Histogram>& AddHistograms(prometheus::Registry* registry, const std::string& name,
                                                                const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry);
}

using SeriesLabels = std::vector<prometheus::ClientMetric::Label>;

inline prometheus::MetricFamily GaugesOf(const std::string& name, const std::string& help) {
  return {.name = name, .help = help, .type = prometheus::MetricType::Gauge, .metric = {}};
}

inline prometheus::MetricFamily CountersOf(const std::string& name, const std::string& help) {
  return {.name = name, .help = help, .type = prometheus::MetricType::Counter, .metric = {}};
}

// Adds a series. REQUIRES: the family has gauges or counters.
inline void AddValue(prometheus::MetricFamily& family, const SeriesLabels& labels, double value) {
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  metric.label = labels;
  if (family.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

// A gauge or a counter without labels.
inline prometheus::MetricFamily WithValue(prometheus::MetricFamily family, double value) {
  AddValue(family, {}, value);
  return family;
}

// Families that a function makes at every scrape, on the metrics server's thread.
class ReadAtScrape final : public prometheus::Collectable {
 public:
  using Read = std::function<std::vector<prometheus::MetricFamily>()>;

  explicit ReadAtScrape(Read read) : read_(std::move(read)) {}

  std::vector<prometheus::MetricFamily> Collect() const override { return read_(); }

 private:
  const Read read_;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_FAMILIES_H_

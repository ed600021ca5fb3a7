// A histogram that takes no lock, for the events of workers: prometheus::Histogram locks a mutex for each observation.
// A scrape may see an observation's count before it sees its part of the sum.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_OBSERVE_ATOMIC_HISTOGRAM_H_
#define EBM_SERVER_OBSERVE_ATOMIC_HISTOGRAM_H_

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "prometheus/client_metric.h"

namespace ebm::observe {

class AtomicHistogram {
 public:
  // bounds: the buckets' upper bounds, inclusive, increasing; a last bucket without a bound is added.
  explicit AtomicHistogram(std::vector<double> bounds);

  void Observe(double value);
  // Adds each bucket's count, and the sum, once for all values.
  void ObserveAll(std::span<const float> values);

  prometheus::ClientMetric Collect() const;

 private:
  static constexpr size_t kMostBuckets = 32;

  size_t BucketOf(double value) const;

  const std::vector<double> bounds_;
  std::vector<std::atomic<uint64_t>> counts_;  // by bucket
  std::atomic<double> sum_ = 0;
};

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_ATOMIC_HISTOGRAM_H_

#include "server/observe/atomic_histogram.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>

namespace ebm::observe {

AtomicHistogram::AtomicHistogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(std::min(bounds_.size() + 1, kMostBuckets)) {}

size_t AtomicHistogram::BucketOf(double value) const {
  const auto bucket = static_cast<size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
  return std::min(bucket, counts_.size() - 1);
}

void AtomicHistogram::Observe(double value) {
  counts_[BucketOf(value)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

void AtomicHistogram::ObserveAll(std::span<const float> values) {
  std::array<uint64_t, kMostBuckets> counts = {};
  double sum = 0;
  for (const float value : values) {
    ++counts[BucketOf(value)];
    sum += value;
  }
  for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    if (counts[bucket] > 0) counts_[bucket].fetch_add(counts[bucket], std::memory_order_relaxed);
  }
  if (!values.empty()) sum_.fetch_add(sum, std::memory_order_relaxed);
}

prometheus::ClientMetric AtomicHistogram::Collect() const {
  prometheus::ClientMetric metric;
  prometheus::ClientMetric::Histogram& histogram = metric.histogram;
  for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    histogram.sample_count += counts_[bucket].load(std::memory_order_relaxed);
    const bool last = bucket + 1 == counts_.size();
    histogram.bucket.push_back({.cumulative_count = histogram.sample_count,
                                .upper_bound = last ? std::numeric_limits<double>::infinity() : bounds_[bucket]});
  }
  histogram.sample_sum = sum_.load(std::memory_order_relaxed);
  return metric;
}

}  // namespace ebm::observe

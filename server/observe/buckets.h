// The bucket bounds of the histograms of durations.

#ifndef EBM_SERVER_OBSERVE_BUCKETS_H_
#define EBM_SERVER_OBSERVE_BUCKETS_H_

#include "prometheus/histogram.h"

namespace ebm::observe {

// From 100 microseconds (one step of a small tile) to 100 seconds (a long Sample call), three bounds per decade.
inline prometheus::Histogram::BucketBoundaries SecondsBuckets() {
  return {1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100};
}

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_BUCKETS_H_

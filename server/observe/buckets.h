// The upper bounds of the histograms' buckets.

#ifndef EBM_SERVER_OBSERVE_BUCKETS_H_
#define EBM_SERVER_OBSERVE_BUCKETS_H_

#include <vector>

namespace ebm::observe {

// From 100 microseconds (one step of a small tile) to 100 seconds (a long Sample call), three bounds per decade.
inline std::vector<double> SecondsBuckets() {
  return {1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100};
}

// Chains or rows of a tile.
inline std::vector<double> TileBuckets() { return {1, 2, 4, 8, 12, 16, 32, 64, 128, 256}; }

// Figures of rows. Rows unlike the training data have low percentiles and p-values, so the low end is resolved best.
inline std::vector<double> PercentileBuckets() {
  return {0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99};
}
inline std::vector<double> PValueBuckets() {
  return {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};
}
inline std::vector<double> MaxSoftmaxBuckets() {
  return {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999};
}

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_BUCKETS_H_

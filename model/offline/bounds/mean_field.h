// The mean-field lower bound on ln Z of a pairwise model: for a distribution of independent spins with means m,
//
//   ln Z >= C + sum_i h_i m_i + sum_e J_e m_i m_j + sum_i S(m_i),   S the entropy of a spin with mean m
//
// at any m in [-1, 1]^n. Coordinate ascent, m_i <- tanh(h_i + sum_j J_ij m_j), site by site, from several starts: all
// at 0.9, all at -0.9, and random ones; the best end counts. Double precision, nats.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_MEAN_FIELD_H_
#define EBM_MODEL_OFFLINE_BOUNDS_MEAN_FIELD_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/bounds/pairwise_model.h"

namespace ebm {

struct MeanField {
  double bound = 0;           // nats
  std::vector<double> means;  // m, [n]
};

inline constexpr int kRandomMeanFieldStarts = 8;

// Operations of the ascent from one start, a few seconds; it ends there, if it has not settled before.
inline constexpr double kMostAscentWork = 3e9;

// The end of coordinate ascent from these means. stop_requested may be empty. Errors: Cancelled.
absl::StatusOr<MeanField> AscendFrom(const PairwiseModel& model, std::vector<double> means,
                                     const std::function<bool()>& stop_requested);

// The best end of all starts. seed: of the random ones. Errors: Cancelled.
absl::StatusOr<MeanField> BestMeanField(const PairwiseModel& model, uint64_t seed,
                                        const std::function<bool()>& stop_requested);

// The entropy of a spin of this mean, nats.
double SpinEntropy(double mean);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_MEAN_FIELD_H_

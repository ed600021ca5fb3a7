// Adamax (Kingma & Ba 2015, arXiv:1412.6980, algorithm 2), with the defaults of the paper and of PyTorch:
//
//   m <- b1 m + (1 - b1) g,   u <- max(b2 u, |g| + eps),   w <- w - rate / (1 - b1^t) * m / u
//
// b1 = 0.9, b2 = 0.999, eps = 1e-8; t counts the steps from 1.

#ifndef EBM_MODEL_OFFLINE_TRAIN_ADAMAX_H_
#define EBM_MODEL_OFFLINE_TRAIN_ADAMAX_H_

#include <cstdint>
#include <span>
#include <vector>

namespace ebm {

// The moments of one parameter tensor, and the update. Plain data: copying it is a snapshot.
struct AdamaxState {
  std::vector<float> first_moment;   // m
  std::vector<float> infinity_norm;  // u

  friend bool operator==(const AdamaxState&, const AdamaxState&) = default;
};

// Updates weights in place. step: t >= 1. The state's vectors are as long as the weights.
void AdamaxStep(double rate, int64_t step, std::span<const float> gradient, AdamaxState& state,
                std::span<float> weights);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_ADAMAX_H_

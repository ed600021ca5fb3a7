// Random orders of the training rows.

#ifndef EBM_MODEL_OFFLINE_TRAIN_ROW_ORDER_H_
#define EBM_MODEL_OFFLINE_TRAIN_ROW_ORDER_H_

#include <cstdint>
#include <vector>

namespace ebm {

// Permutations of 0 .. n-1, uniform over seeds and epochs (Fisher-Yates). n < 2^32.

// The order in which an epoch visits the rows, from the draws of {seed, kDataOrder, step = epoch}.
std::vector<int64_t> EpochOrder(uint64_t seed, uint32_t epoch, int64_t n);

// The first rows in this order are held out; from the draws of {seed, kHoldOut}.
std::vector<int64_t> HoldOutOrder(uint64_t seed, int64_t n);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_ROW_ORDER_H_

// The order in which an epoch visits its rows.

#ifndef EBM_MODEL_OFFLINE_TRAIN_ROW_ORDER_H_
#define EBM_MODEL_OFFLINE_TRAIN_ROW_ORDER_H_

#include <cstdint>
#include <vector>

namespace ebm {

// A permutation of 0 .. n-1, uniform over seeds and epochs (Fisher-Yates on the draws of {seed, kDataOrder, step =
// epoch}). n < 2^32.
std::vector<int64_t> RowOrder(uint64_t seed, uint32_t epoch, int64_t n);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_ROW_ORDER_H_

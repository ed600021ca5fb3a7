// How many rows the kernels process together: enough to amortise reading the weights, few enough that their activations
// stay in the second-level cache.

#ifndef EBM_MODEL_KERNELS_ROW_CHUNKS_H_
#define EBM_MODEL_KERNELS_ROW_CHUNKS_H_

#include <algorithm>
#include <cstdint>

namespace ebm::kernels {

inline constexpr int64_t kRowsAtOnce = 32;

// Calls visit(first row, number of rows) for consecutive chunks of n rows.
template <typename Visit>
void ForEachChunk(int64_t n, Visit visit) {
  for (int64_t first = 0; first < n; first += kRowsAtOnce) visit(first, std::min(kRowsAtOnce, n - first));
}

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_ROW_CHUNKS_H_

// Work on the rows of a batch, split into slices of a fixed height that are shared among threads.
//
// The slices do not depend on the number of threads, so neither do the results: a run gives the same bits on one core
// and on many. This is also faster than LibTorch's own threads, which at these sizes lose more time in barriers than
// they save.

#ifndef EBM_MODEL_CORE_ROW_SLICES_H_
#define EBM_MODEL_CORE_ROW_SLICES_H_

#include <cstdint>
#include <functional>

namespace ebm {

inline constexpr int64_t kRowsPerSlice = 32;

inline int64_t CountSlices(int64_t rows) { return (rows + kRowsPerSlice - 1) / kRowsPerSlice; }

// Calls work(slice, first row, number of rows) once for every slice, from up to `threads` threads at once, and returns
// when all are done. If work throws, slices that have not begun are left out, and one of the exceptions is thrown again
// here. threads >= 1.
void ForEachSlice(int64_t rows, int threads, const std::function<void(int64_t, int64_t, int64_t)>& work);

}  // namespace ebm

#endif  // EBM_MODEL_CORE_ROW_SLICES_H_

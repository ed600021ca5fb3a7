// Work on the rows of a batch, cut into slices of a fixed height that several threads share.
//
// The cut does not depend on the number of threads, so neither do the results: a run gives the same bits on one core
// and on many. It also beats LibTorch's own threads here: at these sizes they cost more in barriers than they bring.

#ifndef EBM_MODEL_CORE_ROW_SLICES_H_
#define EBM_MODEL_CORE_ROW_SLICES_H_

#include <cstdint>
#include <functional>

namespace ebm {

inline constexpr int64_t kRowsPerSlice = 32;

inline int64_t CountSlices(int64_t rows) { return (rows + kRowsPerSlice - 1) / kRowsPerSlice; }

// Calls work(slice, first row, number of rows) once for every slice, from up to `threads` threads at once, and returns
// when all are done. work must not throw. threads >= 1.
void ForEachSlice(int64_t rows, int threads, const std::function<void(int64_t, int64_t, int64_t)>& work);

}  // namespace ebm

#endif  // EBM_MODEL_CORE_ROW_SLICES_H_

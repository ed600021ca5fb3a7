// Those of some rows that have no missing value, for figures that need all values.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_COMPLETE_ROWS_H_
#define EBM_MODEL_OFFLINE_EVALUATION_COMPLETE_ROWS_H_

#include <cstdint>
#include <limits>

#include "model/core/matrix_view.h"

namespace ebm {

// The first `most` complete rows, in their order; none if there are none. rows: [n, D].
MatrixBuffer CompleteRowsOf(ConstMatrix rows, int64_t most = std::numeric_limits<int64_t>::max());

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_COMPLETE_ROWS_H_

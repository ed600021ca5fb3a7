// Distances between rows, and which row of a set is nearest.
//
// Threads: the queries are divided among `threads` threads; the results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_ROW_DISTANCE_H_
#define EBM_MODEL_OFFLINE_EVALUATION_ROW_DISTANCE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/matrix_view.h"

namespace ebm {

// |a - b|^2, in float32 by eight running sums. a, b: [D].
float SquaredDistance(std::span<const float> a, std::span<const float> b);

struct Nearest {
  int64_t row = 0;      // index in the set; the lowest of equally near ones
  double distance = 0;  // Euclidean, in the rows' units
};

// The nearest row of `set` to each query. queries: [n, D], set: [m, D]. REQUIRES: m > 0.
std::vector<Nearest> FindNearest(ConstMatrix queries, ConstMatrix set, int threads);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_ROW_DISTANCE_H_

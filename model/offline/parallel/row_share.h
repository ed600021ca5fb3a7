// How the rows of a batch are divided among the ranks of a process group.
//
// Rows are cut into slices of a fixed height, and each rank has a run of slices, as even as possible. The slices are
// those of a single process, so that what is computed row by row or slice by slice has the same bits on any number of
// ranks. Rank r of R has slices [r S / R, (r + 1) S / R) of S.

#ifndef EBM_MODEL_OFFLINE_PARALLEL_ROW_SHARE_H_
#define EBM_MODEL_OFFLINE_PARALLEL_ROW_SHARE_H_

#include <algorithm>
#include <cstdint>

#include "absl/status/statusor.h"
#include "model/core/matrix_view.h"
#include "model/core/row_slices.h"
#include "model/offline/parallel/process_group.h"

namespace ebm {

// Rows [first, first + count) of `all`.
struct RowShare {
  int64_t first = 0;
  int64_t count = 0;
  int64_t all = 0;

  friend bool operator==(const RowShare&, const RowShare&) = default;
};

inline RowShare WholeShare(int64_t rows) { return {.first = 0, .count = rows, .all = rows}; }

inline RowShare ShareOf(int64_t rows, int64_t part, int64_t parts, int64_t height) {
  const int64_t slices = CountSlices(rows, height);
  const int64_t first = std::min(rows, part * slices / parts * height);
  const int64_t last = std::min(rows, (part + 1) * slices / parts * height);
  return {.first = first, .count = last - first, .all = rows};
}

// Puts the ranks' rows together. own: this rank's share, by ShareOf with this height, of `rows` rows: [count, D].
absl::StatusOr<MatrixBuffer> GatherRows(ProcessGroup& group, ConstMatrix own, int64_t rows, int64_t height);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARALLEL_ROW_SHARE_H_

#include "model/offline/evaluation/complete_rows.h"

#include <span>
#include <utility>
#include <vector>

#include "model/scoring/missing_values.h"

namespace ebm {

MatrixBuffer CompleteRowsOf(ConstMatrix rows, int64_t most) {
  std::vector<float> values;
  int64_t count = 0;
  for (int64_t i = 0; i < rows.rows() && count < most; ++i) {
    const std::span<const float> row = rows.row(i);
    if (HasMissing(row)) continue;
    values.insert(values.end(), row.begin(), row.end());
    ++count;
  }
  return {std::move(values), count, rows.cols()};
}

}  // namespace ebm

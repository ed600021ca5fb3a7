#include "model/kernels/panel_matrix.h"

#include <algorithm>
#include <cassert>

namespace ebm::kernels {

void PanelMatrix::Pack(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t first = 0; first < columns_; first += kPanelColumns) {
    float* panel = values_.data() + first * depth_;
    const size_t width = std::min(kPanelColumns, columns_ - first);
    for (size_t row = 0; row < depth_; ++row) {
      std::copy_n(&values[row * columns_ + first], width, panel + row * kPanelColumns);
    }
  }
}

// Takes 16 rows at a time, so that what is read and what is written both stay in the first-level cache.
void PanelMatrix::PackTransposed(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  constexpr size_t kRows = 16;
  for (size_t first_row = 0; first_row < depth_; first_row += kRows) {
    const size_t rows = std::min(kRows, depth_ - first_row);
    for (size_t column = 0; column < columns_; ++column) {
      const float* from = &values[column * depth_ + first_row];
      float* to = &At(first_row, column);
      for (size_t row = 0; row < rows; ++row) to[row * kPanelColumns] = from[row];
    }
  }
}

}  // namespace ebm::kernels

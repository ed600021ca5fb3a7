#include "model/kernels/panel_matrix.h"

#include <cassert>

namespace ebm::kernels {

void PanelMatrix::Pack(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t row = 0; row < depth_; ++row) {
    for (size_t column = 0; column < columns_; ++column) At(row, column) = values[row * columns_ + column];
  }
}

void PanelMatrix::PackTransposed(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t column = 0; column < columns_; ++column) {
    for (size_t row = 0; row < depth_; ++row) At(row, column) = values[column * depth_ + row];
  }
}

}  // namespace ebm::kernels

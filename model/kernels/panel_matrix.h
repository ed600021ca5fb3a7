// A weight matrix packed for multiply.h: split into panels of kPanelColumns columns, each stored row after row, so that
// the kernel reads it as one stream for any vector width.
//
//   B: [depth, columns], packed as [ceil(columns / kPanelColumns), depth, kPanelColumns], the last panel filled with 0
//
// Threads: any number of readers may share it; packing must not run at the same time as any other method.

#ifndef EBM_MODEL_KERNELS_PANEL_MATRIX_H_
#define EBM_MODEL_KERNELS_PANEL_MATRIX_H_

#include <cstddef>
#include <span>

#include "model/kernels/aligned_floats.h"

namespace ebm::kernels {

inline constexpr size_t kPanelColumns = 32;

// The number of columns, rounded up to whole panels.
constexpr size_t PaddedColumns(size_t columns) { return (columns + kPanelColumns - 1) / kPanelColumns * kPanelColumns; }

class PanelMatrix {
 public:
  PanelMatrix(size_t depth, size_t columns)
      : depth_(depth), columns_(columns), values_(depth * PaddedColumns(columns)) {}

  // B = values, [depth, columns], or the transpose of values, [columns, depth]; both row-major.
  void Pack(std::span<const float> values);
  void PackTransposed(std::span<const float> values);

  size_t depth() const { return depth_; }
  size_t columns() const { return columns_; }
  size_t panels() const { return PaddedColumns(columns_) / kPanelColumns; }
  // [depth, kPanelColumns].
  const float* panel(size_t index) const { return values_.data() + index * depth_ * kPanelColumns; }

 private:
  float& At(size_t row, size_t column) {
    return values_.data()[(column / kPanelColumns * depth_ + row) * kPanelColumns + column % kPanelColumns];
  }

  size_t depth_;
  size_t columns_;
  AlignedFloats values_;
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_PANEL_MATRIX_H_

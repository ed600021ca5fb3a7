// multiply.h in bfloat16: the products of pairs are added to a float32 sum by the processor's own instruction.
//
//   C = start + A B      A: [rows, depth], rounded to bfloat16 on the way in; B: [depth, columns], rounded when packed
//
// Every element is one sequential sum over pairs along the depth, in rising order; an odd depth is padded with a zero.
// The instruction (VDPBF16PS) adds the pair's odd product first, rounds after each addition and treats denormal numbers
// as zero:
//
//   c = start[j];  for p = 0 .. depth / 2 - 1: c = fma(a[2p], b[2p], fma(a[2p + 1], b[2p + 1], c))
//
// so, as in multiply.h, an element's bits depend on its own row and column alone.
//
// Packed as [ceil(columns / kPanelColumns), ceil(depth / 2), kPanelColumns, 2].
//
// Threads: as in multiply.h and panel_matrix.h.

#ifndef EBM_MODEL_KERNELS_BF16_MULTIPLY_H_
#define EBM_MODEL_KERNELS_BF16_MULTIPLY_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "hwy/aligned_allocator.h"
#include "model/kernels/multiply.h"
#include "model/kernels/panel_matrix.h"

namespace ebm::kernels {

// Whether this processor has the instruction (AVX512-BF16). Without it, only packing may be called.
bool HasBf16();

// The nearest bfloat16, ties to even; NaN stays NaN.
uint16_t ToBf16(float value);
float FromBf16(uint16_t value);

class Bf16PanelMatrix {
 public:
  Bf16PanelMatrix(size_t depth, size_t columns);

  // As in PanelMatrix.
  void Pack(std::span<const float> values);
  void PackTransposed(std::span<const float> values);

  size_t depth() const { return depth_; }
  size_t columns() const { return columns_; }
  size_t pairs() const { return (depth_ + 1) / 2; }
  size_t panels() const { return PaddedColumns(columns_) / kPanelColumns; }
  // [pairs, kPanelColumns, 2].
  const uint16_t* panel(size_t index) const { return values_.get() + index * pairs() * kPanelColumns * 2; }

 private:
  uint16_t& At(size_t row, size_t column) {
    const size_t pair = (column / kPanelColumns * pairs() + row / 2) * kPanelColumns + column % kPanelColumns;
    return values_[2 * pair + row % 2];
  }

  size_t depth_;
  size_t columns_;
  hwy::AlignedFreeUniquePtr<uint16_t[]> values_;
};

// scratch: space for rows * pairs() pairs, aligned to a cache line. Otherwise as Multiply of a PanelMatrix.
void Multiply(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, uint32_t* scratch, OutputRows c);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_BF16_MULTIPLY_H_

#include "model/kernels/multiply.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/multiply.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

// Must come after foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ebm::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::ScalableTag<float>;
using Vector = hn::Vec<Float>;

// The height, in rows, and width, in vectors, of the block kept in registers: as many accumulators as leave registers
// for the operands.
constexpr size_t kVectors = 2;
constexpr size_t kMaxRows = HWY_TARGET <= HWY_AVX3 ? 12 : 6;

// kRows rows of C, kVectors vectors of columns of one panel.
template <size_t kRows>
HWY_INLINE void MultiplyBlock(InputRows a, const float* HWY_RESTRICT b, size_t depth, const float* HWY_RESTRICT start,
                              OutputRows c) {
  const Float f;
  const size_t lanes = hn::Lanes(f);
  Vector sums[kRows][kVectors];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::Load(f, start + v * lanes);
  }
  for (size_t k = 0; k < depth; ++k, b += kPanelColumns) {
    Vector weights[kVectors];
    for (size_t v = 0; v < kVectors; ++v) weights[v] = hn::Load(f, b + v * lanes);
    for (size_t r = 0; r < kRows; ++r) {
      const Vector x = hn::Set(f, a.data[r * a.stride + k]);
      for (size_t v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(x, weights[v], sums[r][v]);
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectors; ++v) hn::Store(sums[r][v], f, c.data + r * c.stride + v * lanes);
  }
}

template <size_t kRows>
void MultiplyPanel(InputRows a, const float* panel, size_t depth, const float* start, OutputRows c) {
  const size_t width = kVectors * hn::Lanes(Float());
  for (size_t column = 0; column < kPanelColumns; column += width) {
    MultiplyBlock<kRows>(a, panel + column, depth, start + column, {c.data + column, c.stride});
  }
}

// Calls the instance for a block of `rows` rows, 1 to kRows.
template <size_t kRows>
void MultiplyUpTo(size_t rows, InputRows a, const float* panel, size_t depth, const float* start, OutputRows c) {
  if (rows == kRows) return MultiplyPanel<kRows>(a, panel, depth, start, c);
  if constexpr (kRows > 1) MultiplyUpTo<kRows - 1>(rows, a, panel, depth, start, c);
}

void MultiplyImpl(InputRows a, size_t rows, const PanelMatrix& b, const float* start, OutputRows c) {
  for (size_t panel = 0; panel < b.panels(); ++panel) {
    const size_t column = panel * kPanelColumns;
    for (size_t row = 0, height = 0; row < rows; row += height) {
      height = BlockHeight(rows - row, kMaxRows);
      MultiplyUpTo<kMaxRows>(height, {a.data + row * a.stride, a.stride}, b.panel(panel), b.depth(), start + column,
                             {c.data + row * c.stride + column, c.stride});
    }
  }
}

}  // namespace
}  // namespace ebm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm::kernels {

HWY_EXPORT(MultiplyImpl);

void Multiply(InputRows a, size_t rows, const PanelMatrix& b, const float* start, OutputRows c) {
  HWY_DYNAMIC_DISPATCH(MultiplyImpl)(a, rows, b, start, c);
}

}  // namespace ebm::kernels
#endif

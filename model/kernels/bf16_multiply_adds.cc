#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "model/kernels/bf16_paths.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/bf16_multiply_adds.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

// Must come after foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ebm::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::ScalableTag<float>;
using Vector = hn::Vec<Float>;

constexpr size_t kBlockDepth = Bf16PanelMatrix::kBlockDepth;

// The height, in rows, and width, in vectors, of the block kept in registers, with two sums for each element.
constexpr size_t kVectorsOfBlock = HWY_TARGET <= HWY_AVX3 ? 2 : 1;
constexpr size_t kRowsOfBlock = HWY_TARGET <= HWY_AVX3 ? 6 : 5;

struct EvenAndOdd {
  Vector even;
  Vector odd;
};

// The pairs of one vector of columns. A bfloat16 is the upper half of a float.
HWY_INLINE EvenAndOdd LoadPairs(const uint16_t* pairs) {
  const Float f;
  const hn::RebindToUnsigned<Float> u;
  const auto both = hn::Load(u, reinterpret_cast<const uint32_t*>(pairs));
  return {hn::BitCast(f, hn::ShiftLeft<16>(both)), hn::BitCast(f, hn::And(both, hn::Set(u, 0xFFFF'0000U)))};
}

// Adds one block in depth to kRows rows of C, kVectorsOfBlock vectors of columns. a: [kRows, .., 32], `stride` floats
// from row to row; b: [16 pairs, kPanelColumns, 2].
template <size_t kRows>
HWY_INLINE void AddBlock(InputRows a, const uint16_t* HWY_RESTRICT b, OutputRows c) {
  const Float f;
  const size_t lanes = hn::Lanes(f);
  Vector even[kRows][kVectorsOfBlock];
  Vector odd[kRows][kVectorsOfBlock];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectorsOfBlock; ++v) even[r][v] = odd[r][v] = hn::Zero(f);
  }
  for (size_t k = 0; k < kBlockDepth; k += 2, b += 2 * kPanelColumns) {
    EvenAndOdd weights[kVectorsOfBlock];
    for (size_t v = 0; v < kVectorsOfBlock; ++v) weights[v] = LoadPairs(b + 2 * v * lanes);
    for (size_t r = 0; r < kRows; ++r) {
      const Vector x = hn::Set(f, a.data[r * a.stride + k]);
      const Vector y = hn::Set(f, a.data[r * a.stride + k + 1]);
      for (size_t v = 0; v < kVectorsOfBlock; ++v) {
        even[r][v] = hn::MulAdd(x, weights[v].even, even[r][v]);
        odd[r][v] = hn::MulAdd(y, weights[v].odd, odd[r][v]);
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t v = 0; v < kVectorsOfBlock; ++v) {
      float* const sum = c.data + r * c.stride + v * lanes;
      hn::Store(hn::Add(hn::Load(f, sum), hn::Add(even[r][v], odd[r][v])), f, sum);
    }
  }
}

template <size_t kRows>
void MultiplyPanelByAdds(InputRows a, const uint16_t* panel, size_t blocks, const float* start, OutputRows c) {
  const Float f;
  const size_t width = kVectorsOfBlock * hn::Lanes(f);
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t column = 0; column < kPanelColumns; column += hn::Lanes(f)) {
      hn::Store(hn::Load(f, start + column), f, c.data + r * c.stride + column);
    }
  }
  for (size_t block = 0; block < blocks; ++block, panel += kBlockDepth * kPanelColumns) {
    const InputRows depths = {a.data + block * kBlockDepth, a.stride};
    for (size_t column = 0; column < kPanelColumns; column += width) {
      AddBlock<kRows>(depths, panel + 2 * column, {c.data + column, c.stride});
    }
  }
}

// Calls the instance for a block of `rows` rows, 1 to kRows.
template <size_t kRows>
void MultiplyAddsUpTo(size_t rows, InputRows a, const uint16_t* panel, size_t blocks, const float* start,
                      OutputRows c) {
  if (rows == kRows) return MultiplyPanelByAdds<kRows>(a, panel, blocks, start, c);
  if constexpr (kRows > 1) MultiplyAddsUpTo<kRows - 1>(rows, a, panel, blocks, start, c);
}

// The bfloat16 next to each value, as ToBf16 has it, as a float.
HWY_INLINE Vector RoundToBf16(Vector value) {
  const Float f;
  const hn::RebindToUnsigned<Float> u;
  const auto bits = hn::BitCast(u, value);
  const auto last = hn::And(hn::ShiftRight<16>(bits), hn::Set(u, 1U));
  const auto rounded = hn::And(hn::Add(bits, hn::Add(last, hn::Set(u, 0x7FFFU))), hn::Set(u, 0xFFFF'0000U));
  const auto is_small = hn::Eq(hn::And(bits, hn::Set(u, 0x7F80'0000U)), hn::Zero(u));
  const Vector number = hn::BitCast(f, hn::IfThenElse(is_small, hn::And(bits, hn::Set(u, 0x8000'0000U)), rounded));
  return hn::IfThenElse(hn::IsNaN(value), value, number);
}

void RoundRow(const float* row, size_t depth, float* HWY_RESTRICT rounded) {
  const Float f;
  const size_t lanes = hn::Lanes(f);
  const size_t padded = (depth + kBlockDepth - 1) / kBlockDepth * kBlockDepth;
  size_t k = 0;
  for (; k + lanes <= depth; k += lanes) hn::Store(RoundToBf16(hn::LoadU(f, row + k)), f, rounded + k);
  std::fill(std::copy(row + k, row + depth, rounded + k), rounded + padded, 0.0F);
  for (; k < padded; k += lanes) hn::Store(RoundToBf16(hn::Load(f, rounded + k)), f, rounded + k);
}

void MultiplyByAddsImpl(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                        OutputRows c) {
  const size_t padded = b.blocks() * kBlockDepth;
  for (size_t row = 0; row < rows; ++row) RoundRow(a.data + row * a.stride, b.depth(), scratch + row * padded);
  for (size_t panel = 0; panel < b.panels(); ++panel) {
    const size_t column = panel * kPanelColumns;
    for (size_t row = 0, height = 0; row < rows; row += height) {
      height = BlockHeight(rows - row, kRowsOfBlock);
      MultiplyAddsUpTo<kRowsOfBlock>(height, {scratch + row * padded, padded}, b.panel(panel), b.blocks(),
                                     start + column, {c.data + row * c.stride + column, c.stride});
    }
  }
}

}  // namespace
}  // namespace ebm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm::kernels {

HWY_EXPORT(MultiplyByAddsImpl);

void MultiplyByMultiplyAdds(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                            OutputRows c) {
  HWY_DYNAMIC_DISPATCH(MultiplyByAddsImpl)(a, rows, b, start, scratch, c);
}

}  // namespace ebm::kernels
#endif

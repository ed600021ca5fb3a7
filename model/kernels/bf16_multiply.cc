#include "model/kernels/bf16_multiply.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdlib>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ebm::kernels {

uint16_t ToBf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

float FromBf16(uint16_t value) { return std::bit_cast<float>(uint32_t{value} << 16); }

Bf16PanelMatrix::Bf16PanelMatrix(size_t depth, size_t columns)
    : depth_(depth),
      columns_(columns),
      values_(hwy::AllocateAligned<uint16_t>(PaddedColumns(columns) * ((depth + 1) / 2) * 2)) {
  std::fill_n(values_.get(), PaddedColumns(columns) * pairs() * 2, uint16_t{0});
}

void Bf16PanelMatrix::Pack(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t row = 0; row < depth_; ++row) {
    for (size_t column = 0; column < columns_; ++column) At(row, column) = ToBf16(values[row * columns_ + column]);
  }
}

void Bf16PanelMatrix::PackTransposed(std::span<const float> values) {
  assert(values.size() == depth_ * columns_);
  for (size_t column = 0; column < columns_; ++column) {
    for (size_t row = 0; row < depth_; ++row) At(row, column) = ToBf16(values[column * depth_ + row]);
  }
}

#if defined(__x86_64__)
namespace {

#define EBM_BF16_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

constexpr size_t kMaxRows = 12;

// kRows rows of C, all columns of one panel: two vectors of sums per row. a: [kRows, pairs].
template <size_t kRows>
EBM_BF16_TARGET void MultiplyPanel(const uint32_t* a, const uint16_t* b, size_t pairs, const float* start,
                                   OutputRows c) {
  __m512 sums[kRows][2];
  for (size_t r = 0; r < kRows; ++r) {
    sums[r][0] = _mm512_load_ps(start);
    sums[r][1] = _mm512_load_ps(start + 16);
  }
  for (size_t pair = 0; pair < pairs; ++pair, b += 2 * kPanelColumns) {
    const __m512i weights0 = _mm512_load_si512(b);
    const __m512i weights1 = _mm512_load_si512(b + kPanelColumns);
    for (size_t r = 0; r < kRows; ++r) {
      const __m512i x = _mm512_set1_epi32(static_cast<int>(a[r * pairs + pair]));
      sums[r][0] = _mm512_dpbf16_ps(sums[r][0], (__m512bh)x, (__m512bh)weights0);
      sums[r][1] = _mm512_dpbf16_ps(sums[r][1], (__m512bh)x, (__m512bh)weights1);
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    _mm512_store_ps(c.data + r * c.stride, sums[r][0]);
    _mm512_store_ps(c.data + r * c.stride + 16, sums[r][1]);
  }
}

// Calls the instance for a block of `rows` rows, 1 to kRows.
template <size_t kRows>
void MultiplyUpTo(size_t rows, const uint32_t* a, const uint16_t* b, size_t pairs, const float* start, OutputRows c) {
  if (rows == kRows) return MultiplyPanel<kRows>(a, b, pairs, start, c);
  if constexpr (kRows > 1) MultiplyUpTo<kRows - 1>(rows, a, b, pairs, start, c);
}

// Rounds sixteen values at a time; the processor rounds as ToBf16 does, except for denormal numbers, which become zero.
EBM_BF16_TARGET void RoundRow(const float* row, size_t depth, uint32_t* pairs) {
  auto* out = reinterpret_cast<uint16_t*>(pairs);
  for (size_t k = 0; k < depth; k += 16) {
    const auto mask = static_cast<__mmask16>(depth - k >= 16 ? 0xFFFF : (1U << (depth - k)) - 1);
    const __m256bh rounded = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, row + k));
    _mm256_mask_storeu_epi16(out + k, mask, (__m256i)rounded);
  }
  if (depth % 2 == 1) out[depth] = 0;
}

}  // namespace

bool HasBf16() { return __builtin_cpu_supports("avx512bf16") != 0 && __builtin_cpu_supports("avx512bw") != 0; }

void Multiply(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, uint32_t* scratch, OutputRows c) {
  for (size_t row = 0; row < rows; ++row) RoundRow(a.data + row * a.stride, b.depth(), scratch + row * b.pairs());
  for (size_t panel = 0; panel < b.panels(); ++panel) {
    const size_t column = panel * kPanelColumns;
    for (size_t row = 0, height = 0; row < rows; row += height) {
      height = BlockHeight(rows - row, kMaxRows);
      MultiplyUpTo<kMaxRows>(height, scratch + row * b.pairs(), b.panel(panel), b.pairs(), start + column,
                             {c.data + row * c.stride + column, c.stride});
    }
  }
}

#else

bool HasBf16() { return false; }

void Multiply(InputRows, size_t, const Bf16PanelMatrix&, const float*, uint32_t*, OutputRows) { std::abort(); }

#endif

}  // namespace ebm::kernels

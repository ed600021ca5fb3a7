// VDPBF16PS computes, for each lane, c = fma(a[0], b[0], fma(a[1], b[1], c)), rounding and flushing denormal numbers
// after each step, whatever the modes of the processor. With pairs that follow each other in one of the sums e and o
// (bf16_panel_matrix.h), these are two steps of that sum.

#include <cstdint>
#include <cstdlib>

#include "model/kernels/bf16_paths.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ebm::kernels {

#if defined(__x86_64__)
namespace {

#define EBM_BF16_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

constexpr size_t kRowsOfDots = 6;
constexpr size_t kPairsOfBlock = Bf16PanelMatrix::kBlockDepth / 2;
constexpr size_t kPairsOfSum = kPairsOfBlock / 2;

// One pair of every row, added to one of the sums. sums: [kRows, 2 vectors]; b: [kPanelColumns, 2].
template <size_t kRows>
EBM_BF16_TARGET inline void AddPair(const uint32_t* a, size_t row_pairs, const uint16_t* b, __m512 (&sums)[kRows][2]) {
  const __m512i first = _mm512_load_si512(b);
  const __m512i second = _mm512_load_si512(b + kPanelColumns);
  for (size_t r = 0; r < kRows; ++r) {
    const __m512i x = _mm512_set1_epi32(static_cast<int>(a[r * row_pairs]));
    sums[r][0] = _mm512_dpbf16_ps(sums[r][0], (__m512bh)x, (__m512bh)first);
    sums[r][1] = _mm512_dpbf16_ps(sums[r][1], (__m512bh)x, (__m512bh)second);
  }
}

// kRows rows of C, all columns of one panel. a: [kRows, blocks, 16 pairs].
template <size_t kRows>
EBM_BF16_TARGET void MultiplyPanelByDots(const uint32_t* a, const uint16_t* b, size_t blocks, const float* start,
                                         OutputRows c) {
  for (size_t r = 0; r < kRows; ++r) {
    _mm512_store_ps(c.data + r * c.stride, _mm512_load_ps(start));
    _mm512_store_ps(c.data + r * c.stride + 16, _mm512_load_ps(start + 16));
  }
  const size_t row_pairs = blocks * kPairsOfBlock;
  for (size_t block = 0; block < blocks; ++block, a += kPairsOfBlock, b += kPairsOfBlock * kPanelColumns * 2) {
    __m512 even[kRows][2];
    __m512 odd[kRows][2];
    for (size_t r = 0; r < kRows; ++r) even[r][0] = even[r][1] = odd[r][0] = odd[r][1] = _mm512_setzero_ps();
    for (size_t pair = 0; pair < kPairsOfSum; ++pair) {
      const uint16_t* const weights = b + pair * kPanelColumns * 2;
      AddPair<kRows>(a + pair, row_pairs, weights, even);
      AddPair<kRows>(a + kPairsOfSum + pair, row_pairs, weights + kPairsOfSum * kPanelColumns * 2, odd);
    }
    for (size_t r = 0; r < kRows; ++r) {
      for (size_t v = 0; v < 2; ++v) {
        float* const sum = c.data + r * c.stride + 16 * v;
        _mm512_store_ps(sum, _mm512_add_ps(_mm512_load_ps(sum), _mm512_add_ps(even[r][v], odd[r][v])));
      }
    }
  }
}

// Calls the instance for a block of `rows` rows, 1 to kRows.
template <size_t kRows>
void MultiplyDotsUpTo(size_t rows, const uint32_t* a, const uint16_t* b, size_t blocks, const float* start,
                      OutputRows c) {
  if (rows == kRows) return MultiplyPanelByDots<kRows>(a, b, blocks, start, c);
  if constexpr (kRows > 1) MultiplyDotsUpTo<kRows - 1>(rows, a, b, blocks, start, c);
}

// Rounds a row into pairs, block by block. The conversion rounds as ToBf16 does.
EBM_BF16_TARGET void RoundToPairs(const float* row, size_t depth, const DepthOrder& order, uint32_t* pairs) {
  const __m512i places = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(order.data())));
  for (size_t k = 0; k < depth; k += Bf16PanelMatrix::kBlockDepth, pairs += kPairsOfBlock) {
    const size_t left = depth - k;
    const uint32_t mask = left >= 32 ? 0xFFFF'FFFFU : (uint32_t{1} << left) - 1;
    const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), row + k);
    const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), row + k + 16);
    const __m512i rounded = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    _mm512_store_si512(pairs, _mm512_permutexvar_epi16(places, rounded));
  }
}

}  // namespace

bool HasDotProducts() {
  return __builtin_cpu_supports("avx512bf16") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0;
}

void MultiplyByDotProducts(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                           OutputRows c) {
  auto* const pairs = reinterpret_cast<uint32_t*>(scratch);
  const size_t row_pairs = b.blocks() * kPairsOfBlock;
  const DepthOrder order = DepthOrderOf(Bf16Path::kDotProducts);
  for (size_t row = 0; row < rows; ++row) {
    RoundToPairs(a.data + row * a.stride, b.depth(), order, pairs + row * row_pairs);
  }
  for (size_t panel = 0; panel < b.panels(); ++panel) {
    const size_t column = panel * kPanelColumns;
    for (size_t row = 0, height = 0; row < rows; row += height) {
      height = BlockHeight(rows - row, kRowsOfDots);
      MultiplyDotsUpTo<kRowsOfDots>(height, pairs + row * row_pairs, b.panel(panel), b.blocks(), start + column,
                                    {c.data + row * c.stride + column, c.stride});
    }
  }
}

#else

bool HasDotProducts() { return false; }

void MultiplyByDotProducts(InputRows, size_t, const Bf16PanelMatrix&, const float*, float*, OutputRows) {
  std::abort();
}

#endif

}  // namespace ebm::kernels

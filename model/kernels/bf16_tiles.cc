// AMX: tile registers of 16 rows of 64 bytes. They exist only between Configure and Release, and so do not burden the
// system's changes of threads.

#include "model/kernels/bf16_paths.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>

// All functions up to the matching pop may use the instructions; without this, clang refuses the assembly below.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512bf16"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512bf16")
#endif

#include "model/kernels/bf16_tiles-inl.h"

namespace ebm::kernels {
namespace {

// The memory clobbers keep stores to what is loaded in their place.
class AmxTiles {
 public:
  void Configure(const TileHeights& heights) {
    struct alignas(64) Configuration {
      uint8_t palette = 1;
      uint8_t start_row = 0;
      uint8_t reserved[14] = {};
      uint16_t row_bytes[16] = {};
      uint8_t rows[16] = {};
    } configuration;
    for (size_t tile = 0; tile < heights.size(); ++tile) {
      configuration.row_bytes[tile] = kTileRowBytes;
      configuration.rows[tile] = heights[tile];
    }
    asm volatile("ldtilecfg %0" : : "m"(configuration) : "memory");
  }

  template <int tile>
  void Load(const void* address, size_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(address), "r"(stride), "i"(tile) : "memory");
  }

  // Past the first-level cache, which the rows of A need.
  template <int tile>
  void LoadOnce(const void* address, size_t stride) {
    asm volatile("tileloaddt1 (%0,%1,1), %%tmm%c2" : : "r"(address), "r"(stride), "i"(tile) : "memory");
  }

  template <int tile>
  void Store(void* address, size_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(address), "r"(stride), "i"(tile) : "memory");
  }

  template <int c, int a, int b>
  void Multiply() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(c), "i"(a), "i"(b));
  }

  void Release() { asm volatile("tilerelease" : : : "memory"); }
};

// Row `row` of a: [row tiles, blocks, 16, 32]. The conversion rounds as ToBf16 does.
void RoundIntoTiles(const float* values, size_t depth, size_t blocks, size_t row, uint16_t* a) {
  uint16_t* out = a + row / kTileRows * blocks * kTileItems + row % kTileRows * Bf16PanelMatrix::kBlockDepth;
  for (size_t k = 0; k < depth; k += Bf16PanelMatrix::kBlockDepth, out += kTileItems) {
    const size_t left = depth - k;
    const uint32_t mask = left >= 32 ? 0xFFFF'FFFFU : (uint32_t{1} << left) - 1;
    const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), values + k);
    const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), values + k + 16);
    _mm512_store_si512(out, (__m512i)_mm512_cvtne2ps_pbh(high, low));
  }
}

}  // namespace

void MultiplyByTiles(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch,
                     OutputRows c) {
  auto* const tiled = reinterpret_cast<uint16_t*>(scratch);
  for (size_t row = 0; row < rows; ++row) RoundIntoTiles(a.data + row * a.stride, b.depth(), b.blocks(), row, tiled);
  AmxTiles tiles;
  TileProduct<AmxTiles>(tiles, b, start).Multiply(tiled, rows, c);
  tiles.Release();
}

}  // namespace ebm::kernels

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace ebm::kernels {
namespace {

bool ProcessorHasTiles() {
  constexpr unsigned kTileBits = (1U << 22) | (1U << 24);  // AMX-BF16, AMX-TILE
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kTileBits) == kTileBits;
}

// Whether the system keeps the tile registers when it changes threads, and lets this process use them. Linux asks
// processes to ask (since 5.16); it refuses if a thread's signal stack is too small for the registers.
bool SystemAllowsTiles() {
  constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;
  constexpr uint32_t kTileState = (1U << 17) | (1U << 18);
  uint32_t low = 0;
  uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & kTileState) == kTileState && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool HasTiles() {
  static const bool has_tiles = HasDotProducts() && ProcessorHasTiles() && SystemAllowsTiles();
  return has_tiles;
}

}  // namespace ebm::kernels

#else

#include <cstdlib>

namespace ebm::kernels {

bool HasTiles() { return false; }

void MultiplyByTiles(InputRows, size_t, const Bf16PanelMatrix&, const float*, float*, OutputRows) { std::abort(); }

}  // namespace ebm::kernels

#endif

// While the object lives, denormal numbers count as zero in this thread, as operands and as results: on x86-64 and
// arm64; elsewhere it does nothing.

#ifndef EBM_MODEL_KERNELS_FLUSH_DENORMALS_H_
#define EBM_MODEL_KERNELS_FLUSH_DENORMALS_H_

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace ebm::kernels {

class FlushDenormals {
 public:
  FlushDenormals() : before_(Read()) { Write(before_ | kBits); }
  ~FlushDenormals() { Write(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__)
  static constexpr uint64_t kBits = 0x8040;  // MXCSR: flush to zero, denormals are zero
  static uint64_t Read() { return _mm_getcsr(); }
  static void Write(uint64_t bits) { _mm_setcsr(static_cast<uint32_t>(bits)); }
#elif defined(__aarch64__)
  static constexpr uint64_t kBits = uint64_t{1} << 24;  // FPCR: flush to zero
  static uint64_t Read() {
    uint64_t bits = 0;
    asm volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
  }
  static void Write(uint64_t bits) { asm volatile("msr fpcr, %0" : : "r"(bits) : "memory"); }
#else
  static constexpr uint64_t kBits = 0;
  static uint64_t Read() { return 0; }
  static void Write(uint64_t /*bits*/) {}
#endif

  const uint64_t before_;
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_FLUSH_DENORMALS_H_

// bfloat16: the upper half of a float32. Denormal numbers count as zero, as the processors' bf16 instructions have it.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_KERNELS_BF16_H_
#define EBM_MODEL_KERNELS_BF16_H_

#include <cstdint>

namespace ebm::kernels {

// The nearest bfloat16, ties to even. NaN stays NaN; denormal numbers become zero with their sign.
uint16_t ToBf16(float value);
float FromBf16(uint16_t value);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_BF16_H_

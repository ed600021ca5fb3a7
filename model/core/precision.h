// The number formats of a served model's weights and multiplied while it serves.

#ifndef EBM_MODEL_CORE_PRECISION_H_
#define EBM_MODEL_CORE_PRECISION_H_

namespace ebm {

// kBf16: weights and the inputs of each product are rounded to bfloat16 (8 bits of mantissa), sums are kept in float32.
enum class Precision { kF32, kBf16 };

}  // namespace ebm

#endif  // EBM_MODEL_CORE_PRECISION_H_

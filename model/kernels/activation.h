// Activation functions and their slopes, elementwise.
//
//   elu         h = a for a > 0, exp(a) - 1 otherwise            h' = 1, h + 1
//   silu        h = a s, s = 1 / (1 + exp(-a))                   h' = s (1 + a (1 - s))
//   relu        h = max(a, 0)                                    h' = 1 for a > 0, 0 otherwise
//   softplus    h = ln(1 + exp(a))                               h' = s
//   leaky_relu  h = a for a > 0, 0.01 a otherwise                h' = 1, 0.01
//
// NaN gives NaN for both. Threads: reentrant.

#ifndef EBM_MODEL_KERNELS_ACTIVATION_H_
#define EBM_MODEL_KERNELS_ACTIVATION_H_

#include <cstddef>

#include "model/core/activation.h"

namespace ebm::kernels {

// values: in a, out h. slopes: out h'. Both on a cache line's boundary, and `size` a multiple of kPanelColumns.
void Activate(Activation activation, size_t size, float* values, float* slopes);

// values[i] *= factors[i], under the same conditions.
void MultiplyElementwise(const float* factors, size_t size, float* values);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_ACTIVATION_H_

// Activation functions and their derivatives, elementwise.
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

#include "model/spec/activation.h"

namespace ebm::kernels {

// values: on entry a, on return h. slopes: on return h'. Both are aligned to a cache line, and `size` is a multiple of
// kPanelColumns.
void Activate(Activation activation, size_t size, float* values, float* slopes);

// values[i] *= factors[i], under the same conditions on alignment and size.
void MultiplyElementwise(const float* factors, size_t size, float* values);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_ACTIVATION_H_

// From logits to log densities, and to the vector v whose vector-Jacobian product with the network is the log density's
// gradient.
//
//   without a class   ln p~(x) = LSE f = m + ln sum_y exp(f[y] - m), m = max f      v = softmax(f)
//   of class y        ln p~(x, y) = f[y]                                            v = the one-hot of y
//
// A NaN among a row's logits gives NaN for its log density and in its v. Threads: reentrant.

#ifndef EBM_MODEL_KERNELS_LOG_DENSITY_H_
#define EBM_MODEL_KERNELS_LOG_DENSITY_H_

#include <cstddef>
#include <cstdint>

namespace ebm::kernels {

// logits: [K], at the beginning of PaddedColumns(K) floats (panel_matrix.h) aligned to a cache line.
float LogSumExp(const float* logits, size_t num_classes);

// logits: as above, on entry f, on return v; target_class: y, or a negative number for none. Returns the log density,
// with the same bits as LogSumExp or f[y].
float LogDensityAndWeights(int32_t target_class, size_t num_classes, float* logits);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_LOG_DENSITY_H_

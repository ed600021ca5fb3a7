// multiply.h in bfloat16, with sums in float32:
//
//   C = start + A B      A: [rows, depth], rounded to bfloat16 on the way in; B: [depth, columns], rounded when packed
//
// Every element is the sum that the tile product of AMX (TDPBF16PS) computes. Over blocks of 32 in depth, the last one
// filled with zeros:
//
//   c = start[j];  for each block: e = o = 0
//                                  for p = 0 .. 15: e = fma(a[2p], b[2p], e),  o = fma(a[2p + 1], b[2p + 1], o)
//                                  c = c + (e + o)
//
// Denormal numbers count as zero, as operands and as results. So, as in multiply.h, an element's bits depend on its own
// row and column alone, and moreover they are the same on every path and on every x86-64 processor; NaN may
// have any payload. (A product of two bfloat16 numbers is exact in float32 if it neither overflows nor underflows, so a
// fused multiply-add matters for extremes only. Where results round to the least normal number, arm64 flushes others.)
//
// Threads: as in multiply.h and panel_matrix.h.

#ifndef EBM_MODEL_KERNELS_BF16_MULTIPLY_H_
#define EBM_MODEL_KERNELS_BF16_MULTIPLY_H_

#include <cstddef>
#include <vector>

#include "model/kernels/bf16_panel_matrix.h"
#include "model/kernels/multiply.h"

namespace ebm::kernels {

// The paths that this processor can take; kMultiplyAdds is always among them.
std::vector<Bf16Path> SupportedBf16Paths();

// The fastest of them for products of this processor, by a measurement of about a millisecond that is made once per
// process.
Bf16Path FastestBf16Path();

// The number of floats of scratch that Multiply needs for this many rows.
size_t Bf16ScratchSize(size_t rows, const Bf16PanelMatrix& b);

// scratch: aligned to a cache line. Otherwise as Multiply of a PanelMatrix. REQUIRES: this processor supports b.path().
void Multiply(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch, OutputRows c);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_BF16_MULTIPLY_H_

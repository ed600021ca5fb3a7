// The matrix product of a few rows with a packed weight matrix, on one thread:
//
//   C = start + A B      A: [rows, depth], B: [depth, columns], start: [padded columns], C: [rows, padded columns]
//
// Every element is one sequence of fused multiply-adds along the depth in rising order, beginning with `start`:
//
//   c = start[j];  for k = 0 .. depth - 1: c = fma(a[i][k], b[k][j], c)
//
// so an element's bits depend on its own row and column alone: not on how many rows there are, on the row's place, nor
// on the width of the vectors (among instruction sets that have a fused multiply-add: AVX2 and later, NEON).
//
// Errors: none; NaN and infinity propagate as in arithmetic. Threads: reentrant.

#ifndef EBM_MODEL_KERNELS_MULTIPLY_H_
#define EBM_MODEL_KERNELS_MULTIPLY_H_

#include <cstddef>

#include "model/kernels/panel_matrix.h"

namespace ebm::kernels {

// Rows `stride` floats apart.
struct InputRows {
  const float* data;
  size_t stride;
};
struct OutputRows {
  float* data;
  size_t stride;
};

// The height of the next block if `left` rows remain: blocks of at most `most` rows and of about equal height, instead
// of full blocks and a remainder.
constexpr size_t BlockHeight(size_t left, size_t most) {
  const size_t blocks = (left + most - 1) / most;
  return (left + blocks - 1) / blocks;
}

// start: [PaddedColumns(b.columns())] aligned to a cache line. The rows of c have that width and alignment and do not
// overlap those of a.
void Multiply(InputRows a, size_t rows, const PanelMatrix& b, const float* start, OutputRows c);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_MULTIPLY_H_

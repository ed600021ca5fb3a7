// An array of numbers as a file holds it.

#ifndef EBM_MODEL_IO_STORED_ARRAY_H_
#define EBM_MODEL_IO_STORED_ARRAY_H_

#include <cstdint>
#include <vector>

#include "model/core/matrix_view.h"

namespace ebm {

struct StoredArray {
  std::vector<int64_t> shape;  // [n, a, b, ...]
  MatrixBuffer rows;           // [n, a * b * ...]; the formats say how they read an array with one axis
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_STORED_ARRAY_H_

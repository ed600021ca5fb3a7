// The assertion of fuzz targets. On failure the program aborts, by which the fuzzer detects it.

#ifndef EBM_TESTS_FUZZ_CHECK_H_
#define EBM_TESTS_FUZZ_CHECK_H_

#include <cmath>
#include <cstdlib>
#include <iostream>

#include "model/core/matrix_view.h"

namespace ebm {

inline void Check(bool holds, const char* rule) {
  if (holds) return;
  std::cerr << "does not hold: " << rule << "\n";
  std::abort();
}

// The properties of every reader's result.
inline void CheckIsWellFormed(const MatrixBuffer& matrix) {
  Check(matrix.rows() > 0 && matrix.cols() > 0, "a matrix has rows and columns");
  Check(matrix.values().size() == static_cast<size_t>(matrix.rows()) * static_cast<size_t>(matrix.cols()),
        "a matrix has rows * columns values");
  for (const float value : matrix.values()) Check(std::isfinite(value), "values are finite");
}

}  // namespace ebm

#endif  // EBM_TESTS_FUZZ_CHECK_H_

// The assertion of fuzz targets. On failure the program aborts, by which the fuzzer detects it.

#ifndef EBM_TESTS_FUZZ_CHECK_H_
#define EBM_TESTS_FUZZ_CHECK_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "model/core/matrix_view.h"
#include "model/io/stored_array.h"

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

// The same for a table, whose values may be missing, and whose columns may have words.
inline void CheckIsWellFormedTable(const StoredArray& table) {
  Check(table.rows.rows() > 0 && table.rows.cols() > 0, "a table has rows and columns");
  Check(table.columns.size() == static_cast<size_t>(table.rows.cols()), "a table has a description of each column");
  for (int64_t r = 0; r < table.rows.rows(); ++r) {
    for (size_t c = 0; c < table.columns.size(); ++c) {
      const float value = table.rows.row(r)[c];
      const size_t words = table.columns[c].words.size();
      Check(!std::isinf(value), "values are finite or missing");
      Check(words == 0 || std::isnan(value) || (value >= 0 && value < static_cast<float>(words)), "words have indices");
    }
  }
}

}  // namespace ebm

#endif  // EBM_TESTS_FUZZ_CHECK_H_

// A table or an array as a file holds it.

#ifndef EBM_MODEL_IO_STORED_ARRAY_H_
#define EBM_MODEL_IO_STORED_ARRAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/core/matrix_view.h"

namespace ebm {

// What CSV says about a column besides its values.
struct StoredColumn {
  std::string name;  // in the header; empty: there is none
  // The distinct texts of a column that does not consist of numbers, in the order of their first rows. The rows have
  // indices into this list. Empty for numbers.
  std::vector<std::string> words;
  int64_t numbers = 0;          // the cells of such a column that are numbers all the same
  int64_t first_word_line = 0;  // the place of the first that is not
  std::string first_word;
};

struct StoredArray {
  std::vector<int64_t> shape;  // [n, a, b, ...]
  MatrixBuffer rows;           // [n, a * b * ...]; the formats say how they read an array with one axis. NaN: missing
  std::vector<StoredColumn> columns = {};  // of CSV; empty for other formats
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_STORED_ARRAY_H_

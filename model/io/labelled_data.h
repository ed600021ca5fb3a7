// Rows of numbers with or without class labels: what readers hand to the trainer and to the client.

#ifndef EBM_MODEL_IO_LABELLED_DATA_H_
#define EBM_MODEL_IO_LABELLED_DATA_H_

#include <cstdint>
#include <vector>

#include "model/core/matrix_view.h"

namespace ebm {

// rows: [n, D], in data units. labels: [n], each in [0, K), or empty where the rows carry none.
struct LabelledData {
  MatrixBuffer rows;
  std::vector<int32_t> labels;

  bool labelled() const { return !labels.empty(); }
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_LABELLED_DATA_H_

// Reads data files as matrices. The content decides the format: NPY, IDX or otherwise CSV, each also inside gzip.
//
// Errors: those of file_bytes.h, csv.h, idx.h and npy.h; InvalidArgument for a label that is not a whole number in
// [0, num_classes), with its row (from 1) and value, and for a row length that is neither D nor D + 1.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_READER_H_
#define EBM_MODEL_OFFLINE_DATA_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/io/labelled_data.h"

namespace ebm {

// The default limit on the number of classes, if the caller knows no lower one.
inline constexpr int32_t kMaxClasses = 1 << 16;

absl::StatusOr<MatrixBuffer> ReadMatrix(const std::string& path);

// D values and a label per row: the last column is the label.
absl::StatusOr<LabelledData> ReadLabelledData(const std::string& path, int32_t num_classes = kMaxClasses);

// For a model of known dimension D: rows of D values are unlabelled, of D + 1 values carry a label in the last.
absl::StatusOr<LabelledData> ReadRowsForModel(const std::string& path, int64_t dimension,
                                              int32_t num_classes = kMaxClasses);

// Takes the last column of [n, D + 1] as labels. `source` names the matrix in errors.
absl::StatusOr<LabelledData> SplitLabels(const MatrixBuffer& matrix, int32_t num_classes, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_READER_H_

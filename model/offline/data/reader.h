// Reads data files as rows of numbers. The content decides the format: NPY, IDX or otherwise CSV, each also inside
// gzip. The path "-" is standard input.
//
// Labels are the last column, or a file of their own: one whole number per row, in any of the formats. An array with
// more than two axes, such as pictures [n, 28, 28], has no label column.
//
// Errors: those of file_bytes.h, csv.h, idx.h and npy.h; InvalidArgument for other formats, with their name; for a
// label that is not a whole number in [0, num_classes), with its row (from 1) and value; for rows without labels; and
// where a column seems to be mistaken: labels in the first column, or row numbers in place of values.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_READER_H_
#define EBM_MODEL_OFFLINE_DATA_READER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/labelled_data.h"
#include "model/io/stored_array.h"

namespace ebm {

// The default limit on the number of classes, if the caller knows no lower one.
inline constexpr int32_t kMaxClasses = 1 << 16;

// Paths.
struct DataSource {
  std::string rows;
  std::string labels = {};  // empty: in the last column of `rows`
};

struct DataRows {
  LabelledData data;               // data units
  std::vector<int64_t> row_shape;  // without the label
  std::string sha256;              // of the file of rows
};

// `source` names the bytes in errors.
absl::StatusOr<StoredArray> ParseArray(absl::string_view bytes, absl::string_view source);
absl::StatusOr<StoredArray> ReadArray(const std::string& path);

absl::StatusOr<DataRows> ReadLabelledData(const DataSource& source, int32_t num_classes = kMaxClasses);

// For a model whose inputs have this shape, of D values: rows of D values are unlabelled unless there is a file of
// labels, rows of D + 1 values have a label in the last. Arrays with more than two axes must have the model's shape,
// but for axes of size 1 and for models of one axis: [n, 28, 28, 3] does not fit [3, 28, 28].
absl::StatusOr<DataRows> ReadRowsForModel(const DataSource& source, std::span<const int64_t> input_shape,
                                          int32_t num_classes = kMaxClasses);

// The same for an array that was read before.
absl::StatusOr<LabelledData> LabelRows(StoredArray array, const DataSource& source,
                                       std::span<const int64_t> input_shape, int32_t num_classes);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_READER_H_

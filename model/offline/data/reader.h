// Reads data files as rows of numbers. The content decides the format: NPY, IDX or otherwise CSV, each also inside
// gzip. The path "-" is standard input.
//
// Labels are a column (table.h, match_columns.h), or a file of their own: one word or whole number per row, in any of
// the formats. An array with more than two axes, such as pictures [n, 28, 28], has no label column.
//
// Errors: those of file_bytes.h, csv.h, idx.h and npy.h, and of class_labels.h, table.h and match_columns.h;
// InvalidArgument for other formats, with their name, and for pictures without labels.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_READER_H_
#define EBM_MODEL_OFFLINE_DATA_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/csv.h"
#include "model/io/labelled_data.h"
#include "model/io/stored_array.h"
#include "model/offline/data/match_columns.h"
#include "model/offline/data/table.h"

namespace ebm {

// Paths, and how CSV files are read.
struct DataSource {
  std::string rows;
  std::string labels = {};  // empty: in `rows`, or none
  CsvHeader header = CsvHeader::kAuto;
};

struct DataRows {
  LabelledData data;   // data units
  std::string sha256;  // of the file of rows
};

struct TrainingRows {
  TrainingTable table;
  std::vector<int64_t> row_shape;  // of the inputs
  std::string sha256;              // of the file of rows
};

// `source` names the bytes in errors.
absl::StatusOr<StoredArray> ParseArray(absl::string_view bytes, absl::string_view source, const CsvOptions& csv = {});
absl::StatusOr<StoredArray> ReadArray(const std::string& path);

// A file to train on. Pictures have one column that describes all values.
absl::StatusOr<TrainingRows> ReadTrainingRows(const DataSource& source, const TableOptions& options);

// For a model. Arrays with more than two axes must have the model's shape, but for axes of size 1 and for models of one
// axis: [n, 28, 28, 3] does not fit [3, 28, 28].
absl::StatusOr<DataRows> ReadRowsForModel(const DataSource& source, const InputFormat& format,
                                          LabelUse use = LabelUse::kRead);

// The same for an array that was read before.
absl::StatusOr<LabelledData> RowsForModel(const StoredArray& array, const DataSource& source, const InputFormat& format,
                                          LabelUse use = LabelUse::kRead);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_READER_H_

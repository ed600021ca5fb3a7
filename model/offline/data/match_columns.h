// Rows of a file for a model: the file's columns are matched with the model's.
//
// By name, if both have names: in any order; the label may be missing, and what the model ignores may be there or not.
// By place otherwise: all columns of the training file, or without its label, its ignored columns or both, if the
// width tells which. For a model whose columns have no names and are alike, or describe several values each, such as
// pictures, that is C values, with a label in the last column or not.
//
// Errors: InvalidArgument with the source: columns that are missing or unknown, a width that fits nothing, a value that
// its column cannot have or, for models that need all values, a missing one, with its row (from 1).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_MATCH_COLUMNS_H_
#define EBM_MODEL_OFFLINE_DATA_MATCH_COLUMNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/io/csv.h"
#include "model/io/labelled_data.h"
#include "model/io/stored_array.h"
#include "model/spec/data_column.h"
#include "model/spec/row_codec.h"

namespace ebm {

// What a model takes (model/spec/model_spec.h).
struct InputFormat {
  std::vector<int64_t> input_shape;
  std::vector<DataColumn> columns;
  std::vector<std::string> class_labels;
  MissingValues missing = MissingValues::kRefused;

  int64_t num_values() const;  // C
};

// How a CSV file of rows for the model is read: its columns' names tell a header.
CsvOptions CsvOptionsFor(const InputFormat& format, CsvHeader header);

// What is done with the labels in a file.
enum class LabelUse {
  kRead,    // they name classes of the model. Labels that are all missing are none
  kIgnored  // they may be anything
};

// A file of labels.
struct LabelsFile {
  std::string source;
  std::vector<std::string> labels;  // [n]; empty: there is no such file
};

// Whether every row, [n, C], has all values. InvalidArgument with the first row (from 1) and the column that lacks one.
absl::Status CheckComplete(ConstMatrix rows, const std::vector<DataColumn>& columns, absl::string_view source);

// rows: [n, C], data units, NaN for missing values if the format keeps them. `source` names the array in errors.
absl::StatusOr<LabelledData> MatchColumns(const StoredArray& array, const LabelsFile& beside, const std::string& source,
                                          const InputFormat& format, LabelUse use);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_MATCH_COLUMNS_H_

// A training file as a table: which column is the label, which columns are inputs, and what each of them is.
//
// The label, if it is not stated: a column called label, class, target or species, otherwise the last column if it has
// words or at most 50 different whole numbers.
//
// Left out, with a note: a first column that counts the rows; columns without any value; columns of words that have one
// value only, or nearly as many as rows (names, tickets).
//
// Kinds of the inputs:
//   binary        two values, words or numbers
//   category      words; numbers that are not whole and have few different values; and what is stated
//   whole number  all other columns of whole numbers
//   continuous    all others
//
// Columns of whole numbers that nearly all have the same range, such as pixels, share one scale: if they have no names,
// one column describes them all.
//
// Errors: InvalidArgument, with the source and the column.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_TABLE_H_
#define EBM_MODEL_OFFLINE_DATA_TABLE_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/io/labelled_data.h"
#include "model/io/stored_array.h"
#include "model/spec/data_column.h"

namespace ebm {

inline constexpr char kNoLabel[] = "none";

// Columns are given by name or, if none has that name, by their index, from 0 or, if negative, from the end.
struct TableOptions {
  std::string label = {};                     // a column, or kNoLabel; empty: found
  std::vector<std::string> ignored = {};      // columns
  std::vector<std::string> categorical = {};  // columns of numbers that are names
  std::optional<float> step = {};             // of all columns of numbers; unset: 1 for whole numbers of a small range
};

struct TrainingTable {
  LabelledData data;                      // rows: [n, C], data units (model/spec/row_codec.h)
  std::vector<DataColumn> columns;        // of the file; their scaling is not chosen yet
  std::vector<std::string> class_labels;  // {kOnlyClass} without a label
  bool has_one_scale = false;             // the columns have the same unit and range
  std::vector<std::string> notes;         // what was chosen, for people
};

// The columns with one description of all inputs or, for a picture's channels, of each of several equal parts of them.
// They keep their names. If no column has a name, and there is nothing but a label behind the inputs, clients find the
// values by their places: the descriptions alone are left.
std::vector<DataColumn> WithSharedDescription(std::vector<DataColumn> columns, std::span<const DataColumn> shared);

// labels: those of the source's file of labels, [n]; empty if it has none.
absl::StatusOr<TrainingTable> MakeTrainingTable(const StoredArray& array, std::vector<std::string> labels,
                                                const std::string& source, const TableOptions& options);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_TABLE_H_

// What a column of a table is, told by its values (table.h).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_COLUMN_KIND_H_
#define EBM_MODEL_OFFLINE_DATA_COLUMN_KIND_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/stored_array.h"
#include "model/spec/data_column.h"

namespace ebm {

// The values of a column that are not missing.
struct ColumnValues {
  static constexpr size_t kMostCounted = 1 << 12;

  int64_t rows = 0;
  float minimum = 0;
  float maximum = 0;
  bool are_whole = true;            // numbers
  std::map<float, int64_t> counts;  // how often each occurs; no more than kMostCounted of them

  bool empty() const { return rows == 0; }
  size_t distinct() const { return counts.size(); }  // at least
};
ColumnValues ValuesOf(const StoredArray& array, int64_t column);

// InvalidArgument for a column of numbers with a few words in it, which are typing errors, with the first one's place.
absl::Status CheckWords(const StoredArray& array, int64_t column, const ColumnValues& values, absl::string_view source);

// Whether a column has nothing to learn from: why it is left out, or nothing.
std::optional<std::string> WhyIgnored(const StoredArray& array, int64_t column, const ColumnValues& values);

// The step of whole numbers: 1, or 0 for a range so wide that dequantisation would change next to nothing.
float StepOfWholeNumbers(const DataRange& range);

// The column's description but for its scaling. step: of numbers; unset: chosen. Errors: InvalidArgument for more
// categories than a model can have.
absl::StatusOr<DataColumn> DescribeColumn(const StoredArray& array, int64_t column, const ColumnValues& values,
                                          bool is_category, std::optional<float> step, absl::string_view source);

// The value that a row has for one that was read: the code of a word, a number itself.
float CodeOf(const StoredArray& array, int64_t column, const DataColumn& description, float value);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_COLUMN_KIND_H_

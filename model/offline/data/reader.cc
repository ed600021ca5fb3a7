#include "model/offline/data/reader.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/io/csv.h"
#include "model/io/file_bytes.h"
#include "model/io/foreign_format.h"
#include "model/io/idx.h"
#include "model/io/npy.h"

namespace ebm {
namespace {

constexpr int64_t kFewestRowsToJudge = 10;
constexpr int32_t kFewestClassesToJudge = 5;  // first columns with two or three values are common

absl::StatusOr<int32_t> ParseLabel(float label, int64_t row, int32_t num_classes, absl::string_view source) {
  if (label >= 0 && label < static_cast<float>(num_classes) && label == std::floor(label)) {
    return static_cast<int32_t>(label);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(source, ": row ", row + 1, ": label ", label, " is not a whole number from 0 to ", num_classes - 1));
}

std::set<float> ValuesOf(const MatrixBuffer& rows, int64_t column) {
  std::set<float> values;
  for (int64_t r = 0; r < rows.rows(); ++r) values.insert(rows.row(r)[static_cast<size_t>(column)]);
  return values;
}

// MNIST is often spread as CSV with the label first; its last pixel is a valid label in most rows. So the first column
// is suspicious if it has all classes and nothing else while the last column lacks some.
absl::Status CheckLabelIsLast(const MatrixBuffer& rows, int32_t num_classes, absl::string_view source) {
  const auto has_all_classes = [num_classes](const std::set<float>& values) {
    return values.size() == static_cast<size_t>(num_classes) && *values.begin() == 0 &&
           *values.rbegin() == static_cast<float>(num_classes - 1) &&
           std::ranges::all_of(values, [](float value) { return value == std::floor(value); });
  };
  if (num_classes < kFewestClassesToJudge || num_classes == kMaxClasses) return absl::OkStatus();
  if (!has_all_classes(ValuesOf(rows, 0)) || has_all_classes(ValuesOf(rows, rows.cols() - 1))) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(source, ": the labels seem to be in the first column, which has all ",
                                                 num_classes, " classes; they must be in the last, which does not"));
}

// As pandas writes them, unless it is asked not to.
absl::Status CheckForRowNumbers(const MatrixBuffer& rows, absl::string_view source) {
  if (rows.rows() < kFewestRowsToJudge) return absl::OkStatus();
  const float first = rows.row(0)[0];
  if (first != 0 && first != 1) return absl::OkStatus();
  for (int64_t r = 0; r < rows.rows(); ++r) {
    if (rows.row(r)[0] != first + static_cast<float>(r)) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(source, ": the first column only counts the rows; remove it"));
}

// Takes the last column of [n, D + 1] as labels.
absl::StatusOr<LabelledData> SplitLastColumn(const MatrixBuffer& matrix, int32_t num_classes,
                                             absl::string_view source) {
  const int64_t dimension = matrix.cols() - 1;
  EBM_RETURN_IF_ERROR(CheckLabelIsLast(matrix, num_classes, source));
  LabelledData data{MatrixBuffer(matrix.rows(), dimension), {}};
  data.labels.reserve(static_cast<size_t>(matrix.rows()));
  for (int64_t r = 0; r < matrix.rows(); ++r) {
    const std::span<const float> row = matrix.row(r);
    EBM_ASSIGN_OR_RETURN(const int32_t label, ParseLabel(row.back(), r, num_classes, source));
    std::copy(row.begin(), row.end() - 1, data.rows.row(r).begin());
    data.labels.push_back(label);
  }
  return data;
}

absl::StatusOr<std::vector<int32_t>> ReadLabels(const std::string& path, int64_t rows, int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(const StoredArray array, ReadArray(path));
  const MatrixBuffer& values = array.rows;
  if (values.rows() != 1 && values.cols() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(SourceName(path), ": labels of ", values.cols(), " values each; a label is one number"));
  }
  if (static_cast<int64_t>(values.values().size()) != rows) {
    return absl::InvalidArgumentError(
        absl::StrCat(SourceName(path), ": ", values.values().size(), " labels for ", rows, " rows"));
  }
  std::vector<int32_t> labels;
  labels.reserve(values.values().size());
  for (const float value : values.values()) {
    EBM_ASSIGN_OR_RETURN(const int32_t label, ParseLabel(value, std::ssize(labels), num_classes, SourceName(path)));
    labels.push_back(label);
  }
  return labels;
}

bool HasManyAxes(const StoredArray& array) { return array.shape.size() > 2; }

struct ArrayFile {
  StoredArray array;
  std::string sha256;
};

absl::StatusOr<ArrayFile> ReadArrayFile(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(DataFile file, ReadDataFile(path));
  EBM_ASSIGN_OR_RETURN(StoredArray array, ParseArray(file.bytes, SourceName(path)));
  return ArrayFile{.array = std::move(array), .sha256 = std::move(file.sha256)};
}

// The shape of one row that has D values.
std::vector<int64_t> RowShape(const StoredArray& array, int64_t dimension) {
  if (!HasManyAxes(array)) return {dimension};
  return {array.shape.begin() + 1, array.shape.end()};
}

int64_t Product(std::span<const int64_t> shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

std::vector<int64_t> WithoutOnes(std::span<const int64_t> shape) {
  std::vector<int64_t> kept;
  std::ranges::copy_if(shape, std::back_inserter(kept), [](int64_t size) { return size != 1; });
  return kept;
}

absl::Status CheckShape(const StoredArray& array, std::span<const int64_t> input_shape, const std::string& source) {
  if (!HasManyAxes(array) || input_shape.size() == 1) return absl::OkStatus();
  const std::span<const int64_t> shape = std::span(array.shape).subspan(1);
  if (WithoutOnes(shape) == WithoutOnes(input_shape)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(source, ": items of ", absl::StrJoin(shape, " x "),
                                                 " values; the model takes ", absl::StrJoin(input_shape, " x ")));
}

// A file that has its labels in the last column must not be read as if that were a value.
absl::Status CheckLabelsAreNotInside(const LabelledData& data, const DataSource& source) {
  const std::set<int32_t> classes(data.labels.begin(), data.labels.end());
  if (classes.size() < 2) return absl::OkStatus();  // a constant column proves nothing
  const auto last = static_cast<size_t>(data.rows.cols() - 1);
  for (int64_t r = 0; r < data.rows.rows(); ++r) {
    if (data.rows.row(r)[last] != static_cast<float>(data.labels[static_cast<size_t>(r)])) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": the last column has the labels of ",
                                                 SourceName(source.labels), "; omit that file, or remove the column"));
}

absl::Status NoLabels(const StoredArray& array, const DataSource& source) {
  const std::vector<int64_t> shape = RowShape(array, array.rows.cols());
  return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": items of ", absl::StrJoin(shape, " x "),
                                                 " values without labels; give a file of labels for them"));
}

}  // namespace

absl::StatusOr<StoredArray> ParseArray(absl::string_view bytes, absl::string_view source) {
  if (IsNpy(bytes)) return ParseNpy(bytes, source);
  if (IsIdx(bytes)) return ParseIdx(bytes, source);
  if (const absl::string_view name = NameOfForeignFormat(bytes); !name.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": neither CSV, NPY nor IDX, but ", name));
  }
  EBM_ASSIGN_OR_RETURN(MatrixBuffer rows, ParseCsv(bytes, source));
  return StoredArray{.shape = {rows.rows(), rows.cols()}, .rows = std::move(rows)};
}

absl::StatusOr<StoredArray> ReadArray(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(ArrayFile file, ReadArrayFile(path));
  return std::move(file.array);
}

absl::StatusOr<DataRows> ReadLabelledData(const DataSource& source, int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(ArrayFile file, ReadArrayFile(source.rows));
  const bool label_is_inside = source.labels.empty();
  if (label_is_inside && HasManyAxes(file.array)) return NoLabels(file.array, source);
  const int64_t dimension = file.array.rows.cols() - (label_is_inside ? 1 : 0);
  if (dimension < 1) {
    return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": a row has ", file.array.rows.cols(),
                                                   " values; at least one value and a label are needed"));
  }
  if (dimension > 1) EBM_RETURN_IF_ERROR(CheckForRowNumbers(file.array.rows, SourceName(source.rows)));
  DataRows rows{.data = {}, .row_shape = RowShape(file.array, dimension), .sha256 = std::move(file.sha256)};
  EBM_ASSIGN_OR_RETURN(rows.data, LabelRows(std::move(file.array), source, rows.row_shape, num_classes));
  const bool is_table = rows.row_shape.size() == 1;
  if (is_table && !label_is_inside) EBM_RETURN_IF_ERROR(CheckLabelsAreNotInside(rows.data, source));
  return rows;
}

absl::StatusOr<DataRows> ReadRowsForModel(const DataSource& source, std::span<const int64_t> input_shape,
                                          int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(ArrayFile file, ReadArrayFile(source.rows));
  DataRows rows{.data = {}, .row_shape = {input_shape.begin(), input_shape.end()}, .sha256 = std::move(file.sha256)};
  EBM_ASSIGN_OR_RETURN(rows.data, LabelRows(std::move(file.array), source, input_shape, num_classes));
  return rows;
}

absl::StatusOr<LabelledData> LabelRows(StoredArray array, const DataSource& source,
                                       std::span<const int64_t> input_shape, int32_t num_classes) {
  EBM_RETURN_IF_ERROR(CheckShape(array, input_shape, SourceName(source.rows)));
  const int64_t dimension = Product(input_shape);
  const int64_t columns = array.rows.cols();
  if (columns == dimension) {
    LabelledData data{std::move(array.rows), {}};
    if (source.labels.empty()) return data;
    EBM_ASSIGN_OR_RETURN(data.labels, ReadLabels(source.labels, data.rows.rows(), num_classes));
    return data;
  }
  if (columns == dimension + 1 && source.labels.empty() && !HasManyAxes(array)) {
    return SplitLastColumn(array.rows, num_classes, SourceName(source.rows));
  }
  const std::string with_label =
      source.labels.empty() ? absl::StrCat(", or ", dimension + 1, " with a label in the last column") : "";
  return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": a row has ", columns,
                                                 " values; the model takes ", dimension, with_label));
}

}  // namespace ebm

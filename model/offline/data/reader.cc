#include "model/offline/data/reader.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/io/foreign_format.h"
#include "model/io/idx.h"
#include "model/io/npy.h"
#include "model/offline/data/class_labels.h"
#include "model/offline/data/scaling.h"

namespace ebm {
namespace {

bool HasManyAxes(const StoredArray& array) { return array.shape.size() > 2; }

struct ArrayFile {
  StoredArray array;
  std::string sha256;
};

absl::StatusOr<ArrayFile> ReadArrayFile(const std::string& path, const CsvOptions& csv) {
  EBM_ASSIGN_OR_RETURN(DataFile file, ReadDataFile(path));
  EBM_ASSIGN_OR_RETURN(StoredArray array, ParseArray(file.bytes, SourceName(path), csv));
  return ArrayFile{.array = std::move(array), .sha256 = std::move(file.sha256)};
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

std::vector<int64_t> ShapeOfPicture(const StoredArray& array) { return {array.shape.begin() + 1, array.shape.end()}; }

absl::StatusOr<std::vector<std::string>> LabelsBeside(const DataSource& source, int64_t rows) {
  if (source.labels.empty()) return std::vector<std::string>();
  return ReadLabelTexts(source.labels, rows, source.header);
}

// Pictures, or values of one kind: one column describes all.
absl::StatusOr<TrainingTable> PicturesOf(StoredArray array, std::span<const std::string> labels,
                                         const DataSource& source, const TableOptions& options) {
  const std::string name = SourceName(source.rows);
  const bool has_table_options = !options.ignored.empty() || !options.categorical.empty();
  const bool has_label = !options.label.empty() && (options.label != kNoLabel || !labels.empty());
  if (has_table_options || has_label) {
    return absl::InvalidArgumentError(absl::StrCat(
        name, ": pictures have no columns; omit --ignore and --categorical, and give --labels or --label=none"));
  }
  TrainingTable table;
  table.columns = {{.range = RangeOf(std::as_const(array.rows).view()), .step = options.step.value_or(0)}};
  table.data.rows = std::move(array.rows);
  if (options.label == kNoLabel) {
    table.class_labels = {kOnlyClass};
    table.data.labels.assign(static_cast<size_t>(table.data.rows.rows()), 0);
    return table;
  }
  if (labels.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": items of ", absl::StrJoin(ShapeOfPicture(array), " x "),
                     " values without labels; give a file of labels for them, or --label=none"));
  }
  EBM_ASSIGN_OR_RETURN(table.class_labels, ClassesOf(labels, name));
  EBM_ASSIGN_OR_RETURN(table.data.labels, IndicesOf(labels, table.class_labels, name));
  return table;
}

}  // namespace

absl::StatusOr<StoredArray> ParseArray(absl::string_view bytes, absl::string_view source, const CsvOptions& csv) {
  if (IsNpy(bytes)) return ParseNpy(bytes, source);
  if (IsIdx(bytes)) return ParseIdx(bytes, source);
  if (const absl::string_view name = NameOfForeignFormat(bytes); !name.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": neither CSV, NPY nor IDX, but ", name));
  }
  return ParseCsv(bytes, source, csv);
}

absl::StatusOr<StoredArray> ReadArray(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(ArrayFile file, ReadArrayFile(path, {}));
  return std::move(file.array);
}

absl::StatusOr<TrainingRows> ReadTrainingRows(const DataSource& source, const TableOptions& options) {
  EBM_ASSIGN_OR_RETURN(ArrayFile file, ReadArrayFile(source.rows, {.header = source.header}));
  TrainingRows rows{.table = {}, .row_shape = {}, .sha256 = std::move(file.sha256)};
  EBM_ASSIGN_OR_RETURN(std::vector<std::string> labels, LabelsBeside(source, file.array.rows.rows()));
  if (HasManyAxes(file.array)) {
    rows.row_shape = ShapeOfPicture(file.array);
    EBM_ASSIGN_OR_RETURN(rows.table, PicturesOf(std::move(file.array), labels, source, options));
    return rows;
  }
  EBM_ASSIGN_OR_RETURN(rows.table, MakeTrainingTable(file.array, std::move(labels), SourceName(source.rows), options));
  rows.row_shape = {rows.table.data.rows.cols()};
  return rows;
}

absl::StatusOr<DataRows> ReadRowsForModel(const DataSource& source, const InputFormat& format, LabelUse use) {
  EBM_ASSIGN_OR_RETURN(ArrayFile file, ReadArrayFile(source.rows, CsvOptionsFor(format, source.header)));
  DataRows rows{.data = {}, .sha256 = std::move(file.sha256)};
  EBM_ASSIGN_OR_RETURN(rows.data, RowsForModel(file.array, source, format, use));
  return rows;
}

absl::StatusOr<LabelledData> RowsForModel(const StoredArray& array, const DataSource& source, const InputFormat& format,
                                          LabelUse use) {
  const std::string name = SourceName(source.rows);
  EBM_RETURN_IF_ERROR(CheckShape(array, format.input_shape, name));
  LabelsFile beside = {.source = SourceName(source.labels), .labels = {}};
  EBM_ASSIGN_OR_RETURN(beside.labels, LabelsBeside(source, array.rows.rows()));
  if (HasManyAxes(array) && array.rows.cols() != format.num_values()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": a row has ", array.rows.cols(), " values; the model takes ", format.num_values()));
  }
  return MatchColumns(array, beside, name, format, use);
}

}  // namespace ebm

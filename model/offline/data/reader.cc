#include "model/offline/data/reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/io/cifar10.h"
#include "model/io/file_bytes.h"
#include "model/io/foreign_format.h"
#include "model/io/idx.h"
#include "model/io/npy.h"
#include "model/io/npz.h"
#include "model/io/picture.h"
#include "model/offline/data/archive_rows.h"
#include "model/offline/data/cifar10_folder.h"
#include "model/offline/data/class_labels.h"
#include "model/offline/data/picture_folder.h"
#include "model/offline/data/picture_rows.h"

namespace ebm {
namespace {

bool HasManyAxes(const StoredArray& array) { return array.shape.size() > 2; }

absl::StatusOr<StoredData> Cifar10Data(absl::string_view bytes, absl::string_view source) {
  EBM_ASSIGN_OR_RETURN(Cifar10Pictures records, ParseCifar10(bytes, source));
  StoredData data = {.content = std::move(records.pictures)};
  data.labels.reserve(records.labels.size());
  for (const uint8_t label : records.labels) data.labels.push_back(absl::StrCat(label));
  return data;
}

absl::Status CheckShape(const StoredArray& array, std::span<const int64_t> input_shape, const std::string& source) {
  if (!HasManyAxes(array) || input_shape.size() == 1) return absl::OkStatus();
  const std::span<const int64_t> shape = std::span(array.shape).subspan(1);
  if (HaveSameShape(shape, input_shape)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(source, ": items of ", absl::StrJoin(shape, " x "),
                                                 " values; the model takes ", absl::StrJoin(input_shape, " x ")));
}

std::vector<int64_t> ItemShape(const StoredArray& array) { return {array.shape.begin() + 1, array.shape.end()}; }

// An item of three axes is a picture only if the first axis has the three channels; otherwise its values are flat.
std::vector<int64_t> RowShapeOf(const StoredArray& array) {
  std::vector<int64_t> shape = ItemShape(array);
  if (shape.size() == 2 || DescribedChannels(shape) > 1) return shape;
  return {array.rows.cols()};
}

bool HasKnownValue(const MatrixBuffer& rows) {
  return !std::ranges::all_of(rows.values(), [](float value) { return std::isnan(value); });
}

absl::StatusOr<std::vector<std::string>> LabelsBeside(const DataSource& source, std::vector<std::string>&& own,
                                                      int64_t rows) {
  if (source.labels.empty()) return std::move(own);
  if (own.empty()) return ReadLabelTexts(source.labels, rows, source.header);
  return absl::InvalidArgumentError(absl::StrCat(
      SourceName(source.rows), ": it has labels beside its rows; omit the file of labels ", source.labels));
}

std::string ClassesNote(std::span<const std::string> classes) {
  constexpr size_t kMostNamed = 10;
  const auto named = classes.first(std::min(classes.size(), kMostNamed));
  return absl::StrCat(classes.size(), classes.size() == 1 ? " class: " : " classes: ", absl::StrJoin(named, ", "),
                      named.size() < classes.size() ? ", ..." : "");
}

// Pictures, or values of one kind. range: of the format.
absl::StatusOr<TrainingTable> PicturesOf(StoredArray&& array, std::span<const std::string> labels,
                                         const std::string& source, const TableOptions& options,
                                         const std::optional<DataRange>& range) {
  const bool has_table_options = !options.ignored.empty() || !options.categorical.empty();
  const bool has_label = !options.label.empty() && (options.label != kNoLabel || !labels.empty());
  if (has_table_options || has_label) {
    return absl::InvalidArgumentError(absl::StrCat(
        source, ": pictures have no columns; omit --ignore and --categorical, and give --labels or --label=none"));
  }
  const std::vector<int64_t> shape = RowShapeOf(array);
  TrainingTable table;
  if (!HasKnownValue(array.rows)) return absl::InvalidArgumentError(absl::StrCat(source, ": no value is known"));
  table.columns = DescribePictures(std::as_const(array.rows).view(), DescribedChannels(shape), range, options.step);
  table.has_one_scale = true;
  table.data.rows = std::move(array.rows);
  if (options.label == kNoLabel) {
    table.class_labels = {kOnlyClass};
    table.data.labels.assign(static_cast<size_t>(table.data.rows.rows()), 0);
    return table;
  }
  if (labels.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": items of ", absl::StrJoin(ItemShape(array), " x "),
                     " values without labels; give a file of labels for them, or --label=none"));
  }
  EBM_ASSIGN_OR_RETURN(table.class_labels, ClassesOf(labels, source));
  EBM_ASSIGN_OR_RETURN(table.data.labels, IndicesOf(labels, table.class_labels, source));
  table.notes.push_back(ClassesNote(table.class_labels));
  return table;
}

std::string PicturesNote(const StoredArray& array, const PictureSet& pictures) {
  return absl::StrCat(array.shape[0], " pictures of ", pictures.width, " x ", pictures.height, " pixels, ",
                      array.shape.size() > 3 ? "in colour" : "gray");
}

absl::StatusOr<StoredArray> ArrayForModel(StoredData&& data, const InputFormat& format, const std::string& source) {
  if (const auto* pictures = std::get_if<PictureSet>(&data.content)) {
    return PictureRowsForModel(*pictures, source, format);
  }
  return WithChannelsFirst(std::get<StoredArray>(std::move(data.content)), format.input_shape, source);
}

}  // namespace

std::string NameOfData(const std::string& path) {
  const std::filesystem::path whole = SourceName(path);
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

absl::StatusOr<StoredArray> ParseArray(absl::string_view bytes, absl::string_view source, const CsvOptions& csv) {
  if (IsNpy(bytes)) return ParseNpy(bytes, source);
  if (IsIdx(bytes)) return ParseIdx(bytes, source);
  if (const absl::string_view name = NameOfForeignFormat(bytes); !name.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": neither CSV, NPY nor IDX, but ", name));
  }
  return ParseCsv(bytes, source, csv);
}

absl::StatusOr<StoredArray> ReadArray(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const DataFile file, ReadDataFile(path));
  return ParseArray(file.bytes, SourceName(path));
}

absl::StatusOr<StoredData> ParseData(absl::string_view bytes, absl::string_view source, const CsvOptions& csv) {
  StoredData data;
  if (IsPicture(bytes)) {
    EBM_ASSIGN_OR_RETURN(const ColorImage image, DecodePicture(bytes, source));
    data.content = OnePicture(image);
    return data;
  }
  if (IsZip(bytes)) {
    EBM_ASSIGN_OR_RETURN(std::vector<NpzArray> arrays, ParseNpz(bytes, source));
    return RowsOfArchive(std::move(arrays), source);
  }
  if (IsCifar10(bytes) && !IsIdx(bytes)) return Cifar10Data(bytes, source);
  EBM_ASSIGN_OR_RETURN(data.content, ParseArray(bytes, source, csv));
  return data;
}

absl::StatusOr<StoredData> ReadData(const std::string& path, const CsvOptions& csv) {
  if (IsCifar10Folder(path)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the folder of CIFAR-10 has pictures for training and for tests; give one of its files"));
  }
  if (IsFolder(path)) return ReadPictureFolder(path);
  EBM_ASSIGN_OR_RETURN(DataFile file, ReadDataFile(path));
  EBM_ASSIGN_OR_RETURN(StoredData data, ParseData(file.bytes, SourceName(path), csv));
  data.sha256 = std::move(file.sha256);
  return data;
}

absl::StatusOr<TrainingRows> ReadTrainingRows(const DataSource& source, const TableOptions& options,
                                              std::span<const int64_t> stated_shape) {
  const std::string name = SourceName(source.rows);
  EBM_ASSIGN_OR_RETURN(StoredData data, ReadData(source.rows, {.header = source.header}));
  if (options.label == kNoLabel) data.labels.clear();
  const auto* const pictures = std::get_if<PictureSet>(&data.content);
  StoredArray array;
  if (pictures != nullptr) {
    array = PictureRows(*pictures, stated_shape);
    data.notes.push_back(PicturesNote(array, *pictures));
  } else {
    EBM_ASSIGN_OR_RETURN(array, WithChannelsFirst(std::get<StoredArray>(std::move(data.content)), stated_shape, name));
  }
  TrainingRows rows{.table = {}, .row_shape = RowShapeOf(array), .sha256 = std::move(data.sha256)};
  EBM_ASSIGN_OR_RETURN(std::vector<std::string> labels,
                       LabelsBeside(source, std::move(data.labels), array.rows.rows()));
  if (HasManyAxes(array)) {
    const std::optional<DataRange> range = pictures != nullptr ? std::optional(kPictureRange) : std::nullopt;
    EBM_ASSIGN_OR_RETURN(rows.table, PicturesOf(std::move(array), labels, name, options, range));
  } else {
    EBM_ASSIGN_OR_RETURN(rows.table, MakeTrainingTable(array, std::move(labels), name, options));
    rows.row_shape = {rows.table.data.rows.cols()};
  }
  rows.table.notes.insert(rows.table.notes.begin(), data.notes.begin(), data.notes.end());
  return rows;
}

absl::StatusOr<DataRows> ReadRowsForModel(const DataSource& source, const InputFormat& format, LabelUse use) {
  EBM_ASSIGN_OR_RETURN(StoredData data, ReadData(source.rows, CsvOptionsFor(format, source.header)));
  DataRows rows{.data = {}, .sha256 = data.sha256};
  EBM_ASSIGN_OR_RETURN(rows.data, RowsForModel(std::move(data), source, format, use));
  return rows;
}

absl::StatusOr<LabelledData> RowsForModel(StoredData data, const DataSource& source, const InputFormat& format,
                                          LabelUse use) {
  const std::string name = SourceName(source.rows);
  const bool has_classes = format.class_labels != std::vector<std::string>{kOnlyClass};
  if (!has_classes) data.labels.clear();
  LabelsFile beside = {.source = source.labels.empty() ? name : SourceName(source.labels),
                       .labels = std::move(data.labels)};
  EBM_ASSIGN_OR_RETURN(const StoredArray array, ArrayForModel(std::move(data), format, name));
  EBM_RETURN_IF_ERROR(CheckShape(array, format.input_shape, name));
  EBM_ASSIGN_OR_RETURN(beside.labels, LabelsBeside(source, std::move(beside.labels), array.rows.rows()));
  if (HasManyAxes(array) && array.rows.cols() != format.num_values()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": a row has ", array.rows.cols(), " values; the model takes ", format.num_values()));
  }
  return MatchColumns(array, beside, name, format, use);
}

}  // namespace ebm

#include "model/offline/train/training_data.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/known_data.h"
#include "model/offline/data/reader.h"
#include "model/offline/data/scaling.h"
#include "model/offline/train/row_order.h"
#include "model/spec/model_spec.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr int64_t kFewestRows = 10;
constexpr int64_t kValidationShare = 5;  // one row in this many

LabelledData TakeRows(const LabelledData& data, const std::vector<int64_t>& chosen) {
  LabelledData taken{MatrixBuffer(static_cast<int64_t>(chosen.size()), data.rows.cols()), {}};
  for (size_t i = 0; i < chosen.size(); ++i) {
    std::ranges::copy(data.rows.row(chosen[i]), taken.rows.row(static_cast<int64_t>(i)).begin());
    taken.labels.push_back(data.labels[chosen[i]]);
  }
  return taken;
}

TrainingData FromKnownData(KnownData data) {
  return {.train = std::move(data.train),
          .validation = std::move(data.validation),
          .test = std::move(data.test),
          .input_shape = std::move(data.input_shape),
          .class_labels = std::move(data.class_labels),
          .columns = std::move(data.columns),
          .name = std::move(data.name),
          .sha256 = std::move(data.sha256)};
}

void HoldOutValidation(uint64_t seed, TrainingData& data) {
  const std::vector<int64_t> order = HoldOutOrder(seed, data.train.rows.rows());
  const auto held_out = static_cast<int64_t>(order.size()) / kValidationShare;
  data.validation = TakeRows(data.train, {order.begin(), order.begin() + held_out});
  data.train = TakeRows(data.train, {order.begin() + held_out, order.end()});
}

absl::Status CheckRows(const std::string& path, const LabelledData& rows) {
  if (rows.rows.rows() >= kFewestRows) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", rows.rows.rows(), " rows; at least ", kFewestRows, " are needed"));
}

absl::StatusOr<TrainingData> FileData(const DataOptions& options) {
  TrainingData data;
  EBM_ASSIGN_OR_RETURN(DataRows rows, ReadLabelledData({.rows = options.data, .labels = options.labels}));
  data.train = std::move(rows.data);
  data.sha256 = std::move(rows.sha256);
  const std::string source = SourceName(options.data);
  EBM_RETURN_IF_ERROR(CheckRows(source, data.train));
  data.name = std::filesystem::path(source).filename().string();
  const bool are_pictures = rows.row_shape.size() == 2;  // more axes: it is not known which are the channels
  data.input_shape = are_pictures ? std::move(rows.row_shape) : std::vector<int64_t>{data.train.rows.cols()};
  DataColumn column = {.range = RangeOf(data.train.rows.view()), .step = options.data_step};
  EBM_ASSIGN_OR_RETURN(column.scaling, ScalingToUnitBox(column.range));
  data.columns = {std::move(column)};
  return data;
}

absl::StatusOr<LabelledData> ReadBeside(const DataSource& source, int64_t dimension, int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(DataRows rows, ReadLabelledData(source, num_classes));
  if (rows.data.rows.cols() != dimension) {
    return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": rows have ", rows.data.rows.cols(),
                                                   " values; the training rows have ", dimension));
  }
  EBM_RETURN_IF_ERROR(CheckRows(SourceName(source.rows), rows.data));
  return std::move(rows.data);
}

// place: where labels come from, for errors. Labels are 0 to K - 1: a class without rows is more likely due to a
// mistyped label than intended.
absl::StatusOr<int32_t> CountClasses(const std::string& name, const std::vector<int32_t>& labels,
                                     const std::string& place) {
  const std::set<int32_t> seen(labels.begin(), labels.end());
  const int32_t largest = *seen.rbegin();
  if (largest == 0)
    return absl::InvalidArgumentError(absl::StrCat(name, ": all labels are 0; at least 2 classes are needed", place));
  int32_t next = 0;
  for (const int32_t label : seen) {
    if (label == next++) continue;
    return absl::InvalidArgumentError(absl::StrCat(name, ": no row has the label ", next - 1, ", but some have ", label,
                                                   "; labels must be 0 to K - 1 without gaps", place));
  }
  return largest + 1;
}

// A class with few rows may have lost all of them to the rows held out.
absl::Status CheckEveryClassIsLearned(const LabelledData& train, int32_t num_classes) {
  const std::set<int32_t> seen(train.labels.begin(), train.labels.end());
  for (int32_t label = 0; label < num_classes; ++label) {
    if (seen.contains(label)) continue;
    return absl::InvalidArgumentError(absl::StrCat("class ", label,
                                                   ": all of its rows were held out for validation and none is left "
                                                   "for training; give more rows, or validation_data"));
  }
  return absl::OkStatus();
}

absl::Status AddHeldOutRows(const DataOptions& options, int32_t num_classes, TrainingData& data) {
  const int64_t dimension = data.train.rows.cols();
  if (!options.test_data.empty()) {
    EBM_ASSIGN_OR_RETURN(
        data.test, ReadBeside({.rows = options.test_data, .labels = options.test_labels}, dimension, num_classes));
  }
  if (!options.validation_data.empty()) {
    EBM_ASSIGN_OR_RETURN(
        data.validation,
        ReadBeside({.rows = options.validation_data, .labels = options.validation_labels}, dimension, num_classes));
  } else if (data.validation.rows.rows() == 0) {
    HoldOutValidation(options.seed, data);
    EBM_RETURN_IF_ERROR(CheckEveryClassIsLearned(data.train, num_classes));
  }
  return absl::OkStatus();
}

absl::Status SetShape(const std::vector<int64_t>& shape, TrainingData& data) {
  if (shape.empty()) return absl::OkStatus();
  double product = 1;  // a double cannot overflow for any shape
  for (const int64_t size : shape) product *= static_cast<double>(size);
  if (product != static_cast<double>(data.train.rows.cols())) {
    return absl::InvalidArgumentError(absl::StrCat("shape ", absl::StrJoin(shape, ","), " has ", product,
                                                   " values; rows have ", data.train.rows.cols()));
  }
  data.input_shape = shape;
  return absl::OkStatus();
}

// Converts rows from data units to scaled units.
absl::Status Encode(const TrainingData& data, LabelledData& rows) {
  const ModelSpec spec = {.input_shape = data.input_shape, .columns = data.columns};
  EBM_ASSIGN_OR_RETURN(rows.rows, EncodeRows(spec, std::as_const(rows.rows).view()));
  return absl::OkStatus();
}

std::vector<int64_t> EverySecond(int64_t first, int64_t rows) {
  std::vector<int64_t> chosen;
  for (int64_t row = first; row < rows; row += 2) chosen.push_back(row);
  return chosen;
}

}  // namespace

void HoldOutCalibration(TrainingData& data) {
  const int64_t rows = data.validation.rows.rows();
  if (rows < kFewestRowsToHalve) return;
  data.calibration = TakeRows(data.validation, EverySecond(1, rows));
  data.validation = TakeRows(data.validation, EverySecond(0, rows));
}

absl::StatusOr<TrainingData> LoadTrainingData(const DataOptions& options) {
  TrainingData data;
  if (IsKnownData(options.data)) {
    if (!options.labels.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(options.data, " has its own labels; omit --labels"));
    }
    EBM_ASSIGN_OR_RETURN(KnownData known, ReadKnownData(options.data));
    data = FromKnownData(std::move(known));
  } else {
    EBM_ASSIGN_OR_RETURN(data, FileData(options));
  }
  const std::string place = options.labels.empty() ? "; they are read from the last column" : "";
  EBM_ASSIGN_OR_RETURN(const int32_t num_classes, CountClasses(data.name, data.train.labels, place));
  EBM_RETURN_IF_ERROR(AddHeldOutRows(options, num_classes, data));
  EBM_RETURN_IF_ERROR(SetShape(options.input_shape, data));
  if (data.class_labels.empty()) {
    for (int32_t k = 0; k < num_classes; ++k) data.class_labels.push_back(absl::StrCat(k));
  }
  EBM_RETURN_IF_ERROR(Encode(data, data.train));
  EBM_RETURN_IF_ERROR(Encode(data, data.validation));
  if (data.test.has_value()) EBM_RETURN_IF_ERROR(Encode(data, *data.test));
  return data;
}

}  // namespace ebm

#include "model/offline/train/training_data.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/class_labels.h"
#include "model/offline/data/known_data.h"
#include "model/offline/data/picture_rows.h"
#include "model/offline/data/reader.h"
#include "model/offline/data/scaling.h"
#include "model/offline/train/row_order.h"
#include "model/scoring/missing_values.h"
#include "model/spec/model_spec.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr int64_t kFewestRows = 10;
constexpr int64_t kValidationShare = 5;  // one row in this many

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

// One row in kValidationShare of each class; of all together if no class has as many.
std::vector<bool> ChooseHeldOut(std::span<const int64_t> order, const LabelledData& data) {
  std::vector<bool> held_out(order.size());
  std::map<int32_t, int64_t> seen;
  for (const int64_t row : order) held_out[row] = ++seen[data.labels[row]] % kValidationShare == 0;
  if (std::ranges::count(held_out, true) > 0) return held_out;
  for (int64_t i = 0; i < std::ssize(order) / kValidationShare; ++i) held_out[order[i]] = true;
  return held_out;
}

void HoldOutValidation(uint64_t seed, TrainingData& data) {
  const std::vector<int64_t> order = HoldOutOrder(seed, data.train.rows.rows());
  const std::vector<bool> held_out = ChooseHeldOut(order, data.train);
  std::vector<int64_t> kept;
  std::vector<int64_t> taken;
  for (const int64_t row : order) (held_out[row] ? taken : kept).push_back(row);
  data.validation = TakeRows(data.train, taken);
  data.train = TakeRows(data.train, kept);
}

absl::Status CheckRows(const std::string& path, const LabelledData& rows) {
  if (rows.rows.rows() >= kFewestRows) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", rows.rows.rows(), " rows; at least ", kFewestRows, " are needed"));
}

bool HasWords(const DataColumn& column) {
  return std::ranges::any_of(column.values, [](const CategoryValue& v) { return v.name != NumberText(v.code); });
}

// The values have one unit, and the columns one description, or one for each channel.
absl::Status DescribePicture(const DataOptions& options, TrainingData& data) {
  for (const DataColumn& column : data.columns) {
    if (!HasWords(column)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(SourceName(options.data), ": column '", column.name, "' has words; a picture has numbers"));
  }
  const std::vector<DataColumn> shared = DescribePictures(
      std::as_const(data.train.rows).view(), DescribedChannels(data.input_shape), std::nullopt, options.table.step);
  data.columns = WithSharedDescription(std::move(data.columns), shared);
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

bool IsPicture(const TrainingData& data) { return data.input_shape.size() > 1; }

absl::Status CheckStep(const std::optional<float>& step) {
  if (!step.has_value() || (std::isfinite(*step) && *step >= 0)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("data_step is ", *step, "; a finite number of at least 0 is needed"));
}

absl::Status CheckMissing(MissingValues missing, const std::string& source, TrainingData& data) {
  const ConstMatrix rows = data.train.rows.view();
  if (missing == MissingValues::kRefused) {
    const absl::Status complete = CheckComplete(rows, data.columns, source);
    if (complete.ok()) return complete;
    return absl::InvalidArgumentError(absl::StrCat(complete.message(),
                                                   "; only recipes with a base density can train on it: auto, table, "
                                                   "class_rbm, rbm, boltzmann, gaussian_rbm and those called density"));
  }
  int64_t with_gaps = 0;
  for (int64_t i = 0; i < rows.rows(); ++i) with_gaps += HasMissing(rows.row(i)) ? 1 : 0;
  if (with_gaps > 0) {
    data.notes.push_back(
        absl::StrCat(with_gaps, " of ", rows.rows(),
                     " rows have missing values: they are drawn anew wherever a row is used, given its "
                     "known values"));
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingData> FileData(const DataOptions& options) {
  EBM_RETURN_IF_ERROR(CheckStep(options.table.step));
  EBM_ASSIGN_OR_RETURN(TrainingRows rows,
                       ReadTrainingRows({.rows = options.data, .labels = options.labels, .header = options.header},
                                        options.table, options.input_shape));
  const std::string source = SourceName(options.data);
  TrainingData data;
  data.train = std::move(rows.table.data);
  data.columns = std::move(rows.table.columns);
  data.class_labels = std::move(rows.table.class_labels);
  data.notes = std::move(rows.table.notes);
  data.sha256 = std::move(rows.sha256);
  data.name = NameOfData(options.data);
  EBM_RETURN_IF_ERROR(CheckRows(source, data.train));
  EBM_RETURN_IF_ERROR(CheckMissing(options.missing, source, data));
  const bool are_described = rows.row_shape.size() > 1;
  data.input_shape = std::move(rows.row_shape);
  EBM_RETURN_IF_ERROR(SetShape(options.input_shape, data));
  if (IsPicture(data) && !are_described) EBM_RETURN_IF_ERROR(DescribePicture(options, data));
  data.has_one_scale = rows.table.has_one_scale || IsPicture(data);
  return data;
}

absl::StatusOr<DataRows> ReadBeside(const DataSource& source, const TrainingData& data, MissingValues missing) {
  EBM_ASSIGN_OR_RETURN(DataRows rows, ReadRowsForModel(source, {.input_shape = data.input_shape,
                                                                .columns = data.columns,
                                                                .class_labels = data.class_labels,
                                                                .missing = missing}));
  EBM_RETURN_IF_ERROR(CheckRows(SourceName(source.rows), rows.data));
  if (rows.data.labelled()) return rows;
  if (data.class_labels.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": the rows have no labels"));
  }
  rows.data.labels.assign(static_cast<size_t>(rows.data.rows.rows()), 0);
  return rows;
}

absl::Status AddHeldOutRows(const DataOptions& options, TrainingData& data) {
  if (!options.test_data.empty()) {
    const DataSource source = {.rows = options.test_data, .labels = options.test_labels, .header = options.header};
    EBM_ASSIGN_OR_RETURN(DataRows rows, ReadBeside(source, data, options.missing));
    data.test = std::move(rows.data);
  }
  if (!options.validation_data.empty()) {
    const DataSource source = {
        .rows = options.validation_data, .labels = options.validation_labels, .header = options.header};
    EBM_ASSIGN_OR_RETURN(DataRows rows, ReadBeside(source, data, options.missing));
    data.validation = std::move(rows.data);
    data.validation_sha256 = std::move(rows.sha256);
  } else if (data.validation.rows.rows() == 0) {
    HoldOutValidation(options.seed, data);
  }
  return absl::OkStatus();
}

absl::Status CheckThresholdFits(const DataOptions& options) {
  if (!options.binary_threshold.has_value()) return absl::OkStatus();
  if (options.scaling != ScalingKind::kLevels) {
    return absl::InvalidArgumentError(
        "binary_threshold: only recipes of models of levels have one: class_rbm, rbm and boltzmann");
  }
  if (!options.model.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "binary_threshold: the columns are those of the model that training starts from; omit it");
}

// Chooses what the columns' coordinates are, unless that is known already.
absl::Status ChooseScaling(const DataOptions& options, TrainingData& data) {
  const bool has_levels = options.scaling == ScalingKind::kLevels;
  if ((!has_levels && IsKnownData(options.data)) || options.model.has_value()) return absl::OkStatus();
  if (options.binary_threshold.has_value()) {
    EBM_RETURN_IF_ERROR(UseThreshold(*options.binary_threshold, data.columns));
  }
  const ScalingKind kind = data.has_one_scale && !has_levels ? ScalingKind::kUnitBox : options.scaling;
  const absl::Status scaled = ScaleColumns(kind, data.train, data.validation, data.columns);
  return scaled.ok() ? scaled : WithSource(SourceName(options.data), scaled);
}

// Converts rows from data units to scaled units.
absl::Status Encode(const TrainingData& data, const std::string& source, LabelledData& rows) {
  const ModelSpec spec = {.input_shape = data.input_shape, .columns = data.columns};
  absl::StatusOr<MatrixBuffer> encoded = EncodeRows(spec, std::as_const(rows.rows).view(), MissingValues::kKept);
  if (!encoded.ok()) return WithSource(source, encoded.status());
  rows.rows = *std::move(encoded);
  return absl::OkStatus();
}

absl::Status CheckNamedData(const DataOptions& options) {
  const TableOptions& table = options.table;
  if (options.labels.empty() && table.label.empty() && table.ignored.empty() && table.categorical.empty() &&
      !table.step.has_value()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(options.data, " has its own labels and columns; omit --labels, ",
                                                 "--label, --ignore, --categorical and --data_step"));
}

absl::StatusOr<TrainingData> NamedData(const DataOptions& options) {
  EBM_RETURN_IF_ERROR(CheckNamedData(options));
  EBM_ASSIGN_OR_RETURN(KnownData known, ReadKnownData(options.data));
  return FromKnownData(std::move(known));
}

// Data known by name, or a file, whose rows fit an earlier model.
absl::StatusOr<TrainingData> DataForModel(const DataOptions& options, const ModelSpec& model) {
  TrainingData data;
  if (IsKnownData(options.data)) {
    EBM_ASSIGN_OR_RETURN(data, NamedData(options));
    if (options.scaling == ScalingKind::kLevels) {
      EBM_RETURN_IF_ERROR(ScaleColumns(options.scaling, data.train, data.validation, data.columns));
    }
    if (data.columns != model.columns || data.class_labels != model.class_labels) {
      return absl::InvalidArgumentError(
          absl::StrCat(options.data, " has other columns or classes than the model that training starts from"));
    }
    data.input_shape = model.input_shape;
    return data;
  }
  if (!options.table.label.empty() || !options.table.ignored.empty() || !options.table.categorical.empty() ||
      options.table.step.has_value() || !options.input_shape.empty()) {
    return absl::InvalidArgumentError(
        "the columns are those of the model that training starts from; omit --label, --ignore, --categorical, "
        "--data_step and --shape");
  }
  data.input_shape = model.input_shape;
  data.columns = model.columns;
  data.class_labels = model.class_labels;
  data.name = NameOfData(options.data);
  const DataSource source = {.rows = options.data, .labels = options.labels, .header = options.header};
  EBM_ASSIGN_OR_RETURN(DataRows rows, ReadBeside(source, data, options.missing));
  data.train = std::move(rows.data);
  data.sha256 = std::move(rows.sha256);
  return data;
}

std::vector<int64_t> EverySecond(int64_t first, int64_t rows) {
  std::vector<int64_t> chosen;
  for (int64_t row = first; row < rows; row += 2) chosen.push_back(row);
  return chosen;
}

}  // namespace

TrainingData WithRows(const TrainingData& data, LabelledData train, LabelledData validation) {
  return {.train = std::move(train),
          .validation = std::move(validation),
          .input_shape = data.input_shape,
          .class_labels = data.class_labels,
          .columns = data.columns};
}

void IgnoreLabels(TrainingData& data) {
  for (LabelledData* const rows : {&data.train, &data.validation, &data.calibration})
    std::ranges::fill(rows->labels, 0);
  if (data.test.has_value()) std::ranges::fill(data.test->labels, 0);
  data.class_labels = {kOnlyClass};
}

LabelledData TakeRows(const LabelledData& data, const std::vector<int64_t>& chosen) {
  LabelledData taken{MatrixBuffer(static_cast<int64_t>(chosen.size()), data.rows.cols()), {}};
  for (size_t i = 0; i < chosen.size(); ++i) {
    std::ranges::copy(data.rows.row(chosen[i]), taken.rows.row(static_cast<int64_t>(i)).begin());
    taken.labels.push_back(data.labels[chosen[i]]);
  }
  return taken;
}

void HoldOutCalibration(TrainingData& data) {
  const int64_t rows = data.validation.rows.rows();
  if (rows < kFewestRowsToHalve) return;
  data.calibration = TakeRows(data.validation, EverySecond(1, rows));
  data.validation = TakeRows(data.validation, EverySecond(0, rows));
}

absl::StatusOr<TrainingData> LoadTrainingData(const DataOptions& options) {
  EBM_RETURN_IF_ERROR(CheckThresholdFits(options));
  TrainingData data;
  if (options.model.has_value()) {
    EBM_ASSIGN_OR_RETURN(data, DataForModel(options, *options.model));
  } else if (IsKnownData(options.data)) {
    EBM_ASSIGN_OR_RETURN(data, NamedData(options));
    EBM_RETURN_IF_ERROR(SetShape(options.input_shape, data));
  } else {
    EBM_ASSIGN_OR_RETURN(data, FileData(options));
  }
  EBM_RETURN_IF_ERROR(AddHeldOutRows(options, data));
  EBM_RETURN_IF_ERROR(ChooseScaling(options, data));
  EBM_RETURN_IF_ERROR(Encode(data, data.name, data.train));
  const bool has_own_validation = !options.validation_data.empty();
  EBM_RETURN_IF_ERROR(
      Encode(data, has_own_validation ? SourceName(options.validation_data) : data.name, data.validation));
  if (data.test.has_value()) {
    EBM_RETURN_IF_ERROR(
        Encode(data, options.test_data.empty() ? data.name : SourceName(options.test_data), *data.test));
  }
  return data;
}

}  // namespace ebm

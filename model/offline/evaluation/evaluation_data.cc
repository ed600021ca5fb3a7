#include "model/offline/evaluation/evaluation_data.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/known_data.h"
#include "model/offline/data/outlier_rows.h"
#include "model/offline/data/reader.h"
#include "model/offline/evaluation/complete_rows.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr char kTest[] = "test";
constexpr char kValidation[] = "validation";
constexpr char kTraining[] = "training";

// Converts the rows from data units to scaled units.
absl::Status Encode(const ModelSpec& spec, NamedRows& rows) {
  absl::StatusOr<MatrixBuffer> encoded = EncodeRows(spec, std::as_const(rows.data.rows).view(), MissingValues::kKept);
  if (!encoded.ok()) return WithSource(rows.name, encoded.status());
  rows.data.rows = *std::move(encoded);
  return absl::OkStatus();
}

// Rows of a file, with labels or without.
absl::StatusOr<NamedRows> ReadRows(const DataSource& source, const ModelSpec& spec, LabelUse use) {
  EBM_ASSIGN_OR_RETURN(DataRows read,
                       ReadRowsForModel(source,
                                        {.input_shape = spec.input_shape,
                                         .columns = spec.columns,
                                         .class_labels = spec.class_labels,
                                         .missing = spec.base.empty() ? MissingValues::kRefused : MissingValues::kKept},
                                        use));
  NamedRows rows{.name = NameOfData(source.rows), .data = std::move(read.data), .sha256 = std::move(read.sha256)};
  EBM_RETURN_IF_ERROR(Encode(spec, rows));
  return rows;
}

// All rows are of the class of a model that has one, whatever their labels.
void SetOnlyClass(LabelledData& data) { data.labels.assign(static_cast<size_t>(data.rows.rows()), 0); }

absl::StatusOr<NamedRows> ReadLabelledRows(const DataSource& source, const ModelSpec& spec) {
  const bool has_classes = spec.num_classes() > 1;
  EBM_ASSIGN_OR_RETURN(NamedRows rows, ReadRows(source, spec, has_classes ? LabelUse::kRead : LabelUse::kIgnored));
  if (!has_classes) SetOnlyClass(rows.data);
  if (rows.data.labelled()) return rows;
  return absl::InvalidArgumentError(absl::StrCat(SourceName(source.rows), ": rows have ", spec.num_values(),
                                                 " values and no label; a label for each, in a column or in a file of "
                                                 "labels, is needed"));
}

// Checks that the data set fits this model.
absl::Status CheckKnownData(const KnownData& known, const ModelSpec& spec) {
  if (known.train.rows.cols() != spec.num_values()) {
    return absl::InvalidArgumentError(absl::StrCat(known.name, ": rows have ", known.train.rows.cols(),
                                                   " values; the model takes ", spec.num_values()));
  }
  const int32_t largest = std::ranges::max(known.train.labels);
  if (spec.num_classes() == 1 || largest < spec.num_classes()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(known.name, ": labels go up to ", largest, "; the model has ", spec.num_classes(), " classes"));
}

absl::StatusOr<NamedRows> PartOf(const KnownData& known, absl::string_view part, const ModelSpec& spec) {
  NamedRows rows{.name = absl::StrCat(known.name, ", ", part, " rows"), .data = {}, .sha256 = known.sha256};
  if (part == kTest) {
    rows.data = known.test;
    rows.sha256 = known.test_sha256;
  } else {
    rows.data = part == kValidation ? known.validation : known.train;
  }
  if (spec.num_classes() == 1) SetOnlyClass(rows.data);
  EBM_RETURN_IF_ERROR(Encode(spec, rows));
  return rows;
}

absl::Status LoadKnownData(const EvaluationDataOptions& options, const ModelSpec& spec, EvaluationData& data) {
  if (!options.split.empty() && options.split != kTest && options.split != kValidation) {
    return absl::InvalidArgumentError(absl::StrCat("split is \"", options.split, "\"; it must be test or validation"));
  }
  if (!options.labels.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(options.data, " has its own labels; omit --labels"));
  }
  EBM_ASSIGN_OR_RETURN(const KnownData known, ReadKnownData(options.data));
  EBM_RETURN_IF_ERROR(CheckKnownData(known, spec));
  const bool test = options.split != kValidation;
  data.split = test ? kTest : kValidation;
  EBM_ASSIGN_OR_RETURN(data.rows, PartOf(known, test ? kTest : kValidation, spec));
  if (test) {
    EBM_ASSIGN_OR_RETURN(data.validation, PartOf(known, kValidation, spec));
  }
  EBM_ASSIGN_OR_RETURN(data.training, PartOf(known, kTraining, spec));
  return absl::OkStatus();
}

absl::Status LoadFile(const EvaluationDataOptions& options, const ModelSpec& spec, EvaluationData& data) {
  if (!options.split.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("split is \"", options.split, "\", but ", options.data,
                                                   " is a file, which is used whole; omit split"));
  }
  EBM_ASSIGN_OR_RETURN(
      data.rows, ReadLabelledRows({.rows = options.data, .labels = options.labels, .header = options.header}, spec));
  return absl::OkStatus();
}

// Rows of a file that have missing values are left out, since distances to them are not known.
absl::StatusOr<NamedRows> LoadTrainingRows(const std::string& source, CsvHeader header, const ModelSpec& spec) {
  if (!IsKnownData(source)) {
    EBM_ASSIGN_OR_RETURN(NamedRows rows, ReadRows({.rows = source, .header = header}, spec, LabelUse::kIgnored));
    rows.data.rows = CompleteRowsOf(std::as_const(rows.data.rows).view());
    if (rows.data.rows.rows() > 0) return rows;
    return absl::InvalidArgumentError(absl::StrCat(rows.name, ": every row has missing values"));
  }
  EBM_ASSIGN_OR_RETURN(const KnownData known, ReadKnownData(source));
  EBM_RETURN_IF_ERROR(CheckKnownData(known, spec));
  return PartOf(known, kTraining, spec);
}

bool IsName(absl::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           c == '_';
  });
}

absl::StatusOr<NamedRows> LoadOutliers(const std::string& argument, CsvHeader header, std::set<std::string>& taken,
                                       const ModelSpec& spec) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(argument, absl::MaxSplits('=', 1));
  const auto& [name, path] = parts;
  if (!IsName(name) || path.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("outliers is \"", argument, "\"; it must be NAME=FILE with a NAME of a-z, 0-9 and _"));
  }
  if (!taken.insert(name).second) {
    return absl::InvalidArgumentError(absl::StrCat("outliers: the name \"", name, "\" is already used"));
  }
  EBM_ASSIGN_OR_RETURN(NamedRows rows, ReadRows({.rows = path, .header = header}, spec, LabelUse::kIgnored));
  rows.name = name;
  return rows;
}

}  // namespace

absl::StatusOr<EvaluationData> LoadEvaluationData(const EvaluationDataOptions& options, const ModelSpec& spec) {
  EvaluationData data;
  EBM_RETURN_IF_ERROR(IsKnownData(options.data) ? LoadKnownData(options, spec, data) : LoadFile(options, spec, data));
  if (!options.validation_data.empty()) {
    EBM_ASSIGN_OR_RETURN(
        data.validation,
        ReadLabelledRows(
            {.rows = options.validation_data, .labels = options.validation_labels, .header = options.header}, spec));
  }
  if (!options.training_data.empty()) {
    EBM_ASSIGN_OR_RETURN(data.training, LoadTrainingRows(options.training_data, options.header, spec));
  }
  std::set<std::string> taken = {"data"};  // the figures of the rows themselves
  for (const OutlierKind kind : OutlierKindsFor(spec)) taken.insert(NameOf(kind));
  data.outliers.reserve(options.outliers.size());
  for (const std::string& argument : options.outliers) {
    EBM_ASSIGN_OR_RETURN(NamedRows rows, LoadOutliers(argument, options.header, taken, spec));
    data.outliers.push_back(std::move(rows));
  }
  return data;
}

}  // namespace ebm

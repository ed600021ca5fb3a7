#include "client/cli/input_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/ranges.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/digits.h"
#include "model/offline/data/picture_folder.h"
#include "model/offline/data/reader.h"

namespace ebm::client {
namespace {

absl::StatusOr<RawInput> ReadDigits(const InputFlags& flags) {
  const bool one = !flags.digit.empty();
  EBM_ASSIGN_OR_RETURN(const RowRange range, AsUsage(ParseRowRange(one ? "--digit" : "--digits",
                                                                   one ? flags.digit : flags.digits, kDigitsRows)));
  const LabelledData all = Digits();
  const auto values = all.rows.view().rows_from(range.first, range.count).values();
  const auto label = all.labels.begin() + range.first;
  return RawInput{{.rows = "the embedded digits"},
                  LabelledData{.rows = MatrixBuffer({values.begin(), values.end()}, range.count, all.rows.cols()),
                               .labels = {label, label + range.count}}};
}

absl::StatusOr<RawInput> ReadFile(const DataSource& source) {
  if (IsFolder(source.rows)) {
    EBM_ASSIGN_OR_RETURN(StoredData data, AsUsage(ReadData(source.rows)));
    return RawInput{source, std::move(data)};
  }
  EBM_ASSIGN_OR_RETURN(DataFile file, AsUsage(ReadDataFile(source.rows)));
  EBM_ASSIGN_OR_RETURN(StoredData data,
                       AsUsage(ParseData(file.bytes, SourceName(source.rows), {.header = source.header})));
  const auto* const array = std::get_if<StoredArray>(&data.content);
  const bool may_have_header = array != nullptr && !array->columns.empty() && source.header == CsvHeader::kAuto;
  return RawInput{source, std::move(data), may_have_header ? std::move(file.bytes) : ""};
}

absl::Status WidthError(const DataSource& source, int64_t width, const ModelDescription& model) {
  const int64_t dimension = model.num_values();
  return UsageError(absl::StrCat(SourceName(source.rows), ": rows of ", width, " values; model ", model.identity.name,
                                 " takes ", dimension, ", or ", dimension + 1, " with a label"));
}

absl::StatusOr<LabelledData> Fit(const DataSource& source, StoredData data, const ModelDescription& model,
                                 LabelUse use) {
  return AsUsage(RowsForModel(std::move(data), source, FormatOf(model), use));
}

absl::StatusOr<StoredData> ParseCsvFor(const RawInput& input, const ModelDescription& model) {
  return AsUsage(
      ParseData(input.csv, SourceName(input.source.rows), CsvOptionsFor(FormatOf(model), input.source.header)));
}

absl::StatusOr<LabelledData> Fit(const DataSource& source, LabelledData data, const ModelDescription& model,
                                 LabelUse /*use*/) {
  if (data.rows.cols() != model.num_values()) return WidthError(source, data.rows.cols(), model);
  return data;
}

}  // namespace

InputFormat FormatOf(const ModelDescription& model) {
  return {.input_shape = model.input_shape,
          .columns = model.columns,
          .class_labels = model.class_labels,
          .missing = model.accepts_missing_values ? MissingValues::kKept : MissingValues::kRefused};
}

absl::StatusOr<RawInput> ReadInput(const InputFlags& flags) {
  return flags.file.empty() ? ReadDigits(flags)
                            : ReadFile({.rows = flags.file, .labels = flags.labels, .header = flags.header});
}

absl::StatusOr<LabelledData> FitToModel(RawInput input, const ModelDescription& model, LabelUse use) {
  if (!input.csv.empty()) {
    EBM_ASSIGN_OR_RETURN(input.content, ParseCsvFor(input, model));
  }
  return std::visit(
      [&](auto& content) -> absl::StatusOr<LabelledData> { return Fit(input.source, std::move(content), model, use); },
      input.content);
}

}  // namespace ebm::client

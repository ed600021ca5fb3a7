#include "client/cli/input_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/picture_shape.h"
#include "client/cli/ranges.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/io/png.h"
#include "model/offline/data/digits.h"
#include "model/offline/data/image_sheet.h"
#include "model/offline/data/match_columns.h"
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
  EBM_ASSIGN_OR_RETURN(DataFile file, AsUsage(ReadDataFile(source.rows)));
  const std::string name = SourceName(source.rows);
  if (IsPng(file.bytes)) {
    EBM_ASSIGN_OR_RETURN(ColorImage image, AsUsage(DecodePng(file.bytes, name)));
    return RawInput{source, std::move(image)};
  }
  EBM_ASSIGN_OR_RETURN(StoredArray array, AsUsage(ParseArray(file.bytes, name, {.header = source.header})));
  const bool may_have_header = !array.columns.empty() && source.header == CsvHeader::kAuto;
  return RawInput{source, std::move(array), may_have_header ? std::move(file.bytes) : ""};
}

absl::Status WidthError(const DataSource& source, int64_t width, const ModelDescription& model) {
  const int64_t dimension = model.num_values();
  return UsageError(absl::StrCat(SourceName(source.rows), ": rows of ", width, " values; model ", model.identity.name,
                                 " takes ", dimension, ", or ", dimension + 1, " with a label"));
}

InputFormat FormatOf(const ModelDescription& model) {
  return {.input_shape = model.input_shape,
          .columns = model.columns,
          .class_labels = model.class_labels,
          .missing = model.accepts_missing_values ? MissingValues::kKept : MissingValues::kRefused};
}

absl::StatusOr<LabelledData> Fit(const DataSource& source, const StoredArray& array, const ModelDescription& model,
                                 LabelUse use) {
  return AsUsage(RowsForModel(array, source, FormatOf(model), use));
}

absl::StatusOr<StoredArray> ParseCsvFor(const RawInput& input, const ModelDescription& model) {
  return AsUsage(
      ParseArray(input.csv, SourceName(input.source.rows), CsvOptionsFor(FormatOf(model), input.source.header)));
}

absl::StatusOr<LabelledData> Fit(const DataSource& source, const ColorImage& image, const ModelDescription& model,
                                 LabelUse use) {
  EBM_ASSIGN_OR_RETURN(const PictureFormat format, AsUsage(PictureFormatOf(model)));
  const ImageShape& shape = format.shape;
  if (image.width != shape.width || image.height != shape.height) {
    return UsageError(absl::StrCat(SourceName(source.rows), ": a picture of ", image.width, " x ", image.height,
                                   " pixels; model ", model.identity.name, " takes ", shape.width, " x ",
                                   shape.height));
  }
  StoredArray row = {.shape = {1, model.num_values()},
                     .rows = MatrixBuffer(ImageValues(image, format), 1, model.num_values())};
  return Fit(source, row, model, use);
}

absl::StatusOr<LabelledData> Fit(const DataSource& source, LabelledData data, const ModelDescription& model,
                                 LabelUse /*use*/) {
  if (data.rows.cols() != model.num_values()) return WidthError(source, data.rows.cols(), model);
  return data;
}

}  // namespace

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

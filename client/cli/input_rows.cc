#include "client/cli/input_rows.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "client/cli/picture_shape.h"
#include "client/cli/ranges.h"
#include "model/core/status_macros.h"
#include "model/io/csv.h"
#include "model/io/file_bytes.h"
#include "model/io/npy.h"
#include "model/io/png.h"
#include "model/offline/data/digits.h"
#include "model/offline/data/image_sheet.h"
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
  return RawInput{"the embedded digits",
                  LabelledData{.rows = MatrixBuffer({values.begin(), values.end()}, range.count, all.rows.cols()),
                               .labels = {label, label + range.count}}};
}

absl::StatusOr<RawInput> ReadFile(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string bytes, AsUsage(ReadFileDecompressed(path)));
  if (IsPng(bytes)) {
    EBM_ASSIGN_OR_RETURN(GrayImage image, AsUsage(DecodePng(bytes, path)));
    return RawInput{path, std::move(image)};
  }
  EBM_ASSIGN_OR_RETURN(MatrixBuffer matrix, AsUsage(IsNpy(bytes) ? ParseNpy(bytes, path) : ParseCsv(bytes, path)));
  return RawInput{path, std::move(matrix)};
}

absl::Status WidthError(const std::string& source, int64_t width, const ModelDescription& model) {
  const int64_t dimension = model.dimension();
  return UsageError(absl::StrCat(source, ": rows of ", width, " values; model ", model.identity.name, " takes ",
                                 dimension, ", or ", dimension + 1, " with a label"));
}

absl::StatusOr<LabelledData> Fit(const std::string& source, MatrixBuffer matrix, const ModelDescription& model) {
  if (matrix.cols() == model.dimension()) return LabelledData{.rows = std::move(matrix), .labels = {}};
  if (matrix.cols() != model.dimension() + 1) return WidthError(source, matrix.cols(), model);
  return AsUsage(SplitLabels(matrix, static_cast<int32_t>(model.class_labels.size()), source));
}

absl::StatusOr<LabelledData> Fit(const std::string& source, const GrayImage& image, const ModelDescription& model) {
  EBM_ASSIGN_OR_RETURN(const PictureShape shape, AsUsage(PictureShapeOf(model)));
  if (image.width != shape.width || image.height != shape.height) {
    return UsageError(absl::StrCat(source, ": a picture of ", image.width, " x ", image.height, " pixels; model ",
                                   model.identity.name, " takes ", shape.width, " x ", shape.height));
  }
  return LabelledData{.rows = MatrixBuffer(ImageValues(image, model.data_range), 1, model.dimension()), .labels = {}};
}

absl::StatusOr<LabelledData> Fit(const std::string& source, LabelledData data, const ModelDescription& model) {
  if (data.rows.cols() != model.dimension()) return WidthError(source, data.rows.cols(), model);
  return data;
}

}  // namespace

absl::StatusOr<RawInput> ReadInput(const InputFlags& flags) {
  return flags.file.empty() ? ReadDigits(flags) : ReadFile(flags.file);
}

absl::StatusOr<LabelledData> FitToModel(RawInput input, const ModelDescription& model) {
  return std::visit(
      [&](auto& content) -> absl::StatusOr<LabelledData> { return Fit(input.source, std::move(content), model); },
      input.content);
}

}  // namespace ebm::client

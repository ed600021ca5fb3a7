#include "client/cli/row_stream.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/command_status.h"
#include "model/core/status_macros.h"
#include "model/io/csv_cell.h"
#include "model/io/csv_pieces.h"
#include "model/io/digest.h"

namespace ebm::client {
namespace {

absl::Status Changed(const std::string& source, int64_t rows) {
  return UsageError(absl::StrCat("--resume: ", source, " is not the input whose first ", rows, " rows have answers"));
}

class WholeRows final : public RowStream {
 public:
  WholeRows(MatrixBuffer rows, std::string source) : rows_(std::move(rows)), source_(std::move(source)) {
    const std::span<const float> values = std::as_const(rows_).view().values();
    place_.bytes = values.size_bytes();
    place_.sha256 = Sha256Hex({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  }

  absl::StatusOr<MatrixBuffer> Next(int64_t most) override {
    const int64_t count = std::min(most, rows_.rows() - place_.rows);
    const std::span<const float> values = std::as_const(rows_).view().rows_from(place_.rows, count).values();
    place_.rows += count;
    return MatrixBuffer({values.begin(), values.end()}, count, rows_.cols());
  }

  InputPlace place() const override { return place_; }
  double share_done() const override { return static_cast<double>(place_.rows) / static_cast<double>(rows_.rows()); }

  absl::Status Skip(const InputPlace& place) override {
    if (place.sha256 != place_.sha256 || place.rows > rows_.rows()) return Changed(source_, place.rows);
    place_.rows = place.rows;
    return absl::OkStatus();
  }

 private:
  const MatrixBuffer rows_;
  const std::string source_;
  InputPlace place_;
};

class CsvRows final : public RowStream {
 public:
  CsvRows(CsvPieces pieces, std::string path, InputFormat format)
      : pieces_(std::move(pieces)), path_(std::move(path)), format_(std::move(format)) {}

  absl::StatusOr<MatrixBuffer> Next(int64_t most) override {
    const int64_t first = pieces_.records();
    EBM_ASSIGN_OR_RETURN(const std::string text, AsUsage(pieces_.Next(most)));
    if (text.empty()) return MatrixBuffer(0, format_.num_values());
    absl::StatusOr<LabelledData> data = Parse(text);
    if (data.ok()) return std::move(data->rows);
    return UsageError(absl::StrCat(data.status().message(), " (counted from row ", first + 1, " of the file on)"));
  }

  InputPlace place() const override {
    return {.rows = pieces_.records(), .bytes = pieces_.bytes(), .sha256 = pieces_.sha256()};
  }
  double share_done() const override {
    return static_cast<double>(pieces_.bytes()) / static_cast<double>(std::max<uint64_t>(1, pieces_.file_bytes()));
  }

  absl::Status Skip(const InputPlace& place) override {
    EBM_ASSIGN_OR_RETURN(const bool is_same, AsUsage(pieces_.Skip(place.bytes, place.rows, place.sha256)));
    return is_same ? absl::OkStatus() : Changed(path_, place.rows);
  }

 private:
  absl::StatusOr<LabelledData> Parse(const std::string& text) const {
    EBM_ASSIGN_OR_RETURN(StoredArray array, ParseCsv(text, path_, pieces_.options()));
    return RowsForModel({.content = std::move(array)}, {.rows = path_}, format_, LabelUse::kIgnored);
  }

  CsvPieces pieces_;
  const std::string path_;
  const InputFormat format_;
};

// Whether the file is text: the other formats have control characters near their start.
bool IsPlainText(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  char start[4096];
  std::ifstream file(path, std::ios::binary);
  file.read(start, sizeof(start));
  return std::all_of(start, start + file.gcount(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' || (c >= '\t' && c <= '\r'); });
}

bool HasNumbersAmongNames(const DataColumn& column) {
  const auto is_number = [](const CategoryValue& value) { return NumberOf(value.name).has_value(); };
  return std::ranges::any_of(column.values, is_number) && !std::ranges::all_of(column.values, is_number);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> OpenRows(const InputFlags& flags, const ModelDescription& model) {
  const bool is_piecewise = std::ranges::none_of(model.columns, HasNumbersAmongNames);
  if (is_piecewise && flags.labels.empty() && IsPlainText(flags.file)) {
    const InputFormat format = FormatOf(model);
    EBM_ASSIGN_OR_RETURN(CsvPieces pieces, AsUsage(CsvPieces::Open(flags.file, CsvOptionsFor(format, flags.header))));
    return std::make_unique<CsvRows>(std::move(pieces), flags.file, format);
  }
  EBM_ASSIGN_OR_RETURN(RawInput input, ReadInput(flags));
  const std::string source = input.source.rows;
  EBM_ASSIGN_OR_RETURN(LabelledData data, FitToModel(std::move(input), model, LabelUse::kIgnored));
  return std::make_unique<WholeRows>(std::move(data.rows), source);
}

}  // namespace ebm::client

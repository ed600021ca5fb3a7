#include "model/offline/import/ising_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/spec/spec_limits.h"

namespace ebm {
namespace {

constexpr int64_t kCouplingColumns = 3;
constexpr int64_t kFieldColumns = 2;
constexpr absl::string_view kCooEnding = ".coo";

constexpr absl::string_view kVartype = "vartype=";

// The lines of a .coo file as CSV, with empty lines in place of comments.
std::string CsvOf(absl::string_view coo) {
  std::string csv;
  for (const absl::string_view line : absl::StrSplit(coo, '\n')) {
    const std::vector<absl::string_view> cells = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    const bool is_comment = !cells.empty() && absl::StartsWith(cells.front(), "#");
    absl::StrAppend(&csv, is_comment ? "" : absl::StrJoin(cells, ","), "\n");
  }
  return csv;
}

// What the comments of a .coo file say; none if they say nothing about it.
absl::StatusOr<std::optional<IsingVariables>> VariablesOf(absl::string_view coo, absl::string_view source) {
  int64_t number = 0;
  for (absl::string_view line : absl::StrSplit(coo, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "#")) continue;
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, kVartype)) continue;
    if (line == "SPIN") return IsingVariables::kSpins;
    if (line == "BINARY") return IsingVariables::kBits;
    return absl::InvalidArgumentError(absl::StrCat(source, ": line ", number, ": the vartype is ",
                                                   absl::Utf8SafeCHexEscape(line), ", must be SPIN or BINARY"));
  }
  return std::nullopt;
}

// Numbers, [n, columns], and what else the file says.
struct NumberList {
  MatrixBuffer rows;
  std::optional<IsingVariables> variables;
  std::string sha256;
};

absl::StatusOr<StoredArray> ParseList(const std::string& path, absl::string_view bytes, CsvHeader header) {
  if (!absl::EndsWith(path, kCooEnding)) return ParseCsv(bytes, SourceName(path), {.header = header, .names = {}});
  return ParseCsv(CsvOf(bytes), SourceName(path), {.header = CsvHeader::kNo, .names = {}});
}

absl::StatusOr<NumberList> ReadNumbers(const std::string& path, int64_t columns, absl::string_view what,
                                       CsvHeader header) {
  const std::string source = SourceName(path);
  EBM_ASSIGN_OR_RETURN(DataFile file, ReadDataFile(path));
  std::optional<IsingVariables> variables;
  if (absl::EndsWith(path, kCooEnding)) {
    EBM_ASSIGN_OR_RETURN(variables, VariablesOf(file.bytes, source));
  }
  EBM_ASSIGN_OR_RETURN(StoredArray array, ParseList(path, file.bytes, header));
  if (array.rows.cols() != columns) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", array.rows.cols(), " columns; ", what, " have ", columns));
  }
  for (const StoredColumn& column : array.columns) {
    if (column.words.empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": line ", column.first_word_line, ": ", column.first_word, " is not a number"));
  }
  return NumberList{.rows = std::move(array.rows), .variables = variables, .sha256 = std::move(file.sha256)};
}

absl::Status LineError(const std::string& path, int64_t row, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(SourceName(path), ": line ", row + 1, " of numbers: ", what));
}

absl::StatusOr<int64_t> IndexOf(const std::string& path, int64_t row, float number) {
  if (number >= 0 && number < static_cast<float>(kMaxWidth) && number == std::floor(number)) {
    return static_cast<int64_t>(number);
  }
  return LineError(path, row, absl::StrCat("the index is ", number, ", must be 0 to ", kMaxWidth - 1));
}

absl::Status AddField(const std::string& path, int64_t row, int64_t site, float value, IsingModel& model) {
  if (!std::isfinite(value)) return LineError(path, row, "a number is missing");
  model.sites = std::max(model.sites, site + 1);
  if (model.fields.emplace(site, value).second) return absl::OkStatus();
  return LineError(path, row, absl::StrCat("site ", site, " already has a field"));
}

absl::Status AddCoupling(const std::string& path, int64_t row, std::span<const float> numbers, IsingModel& model) {
  EBM_ASSIGN_OR_RETURN(const int64_t first, IndexOf(path, row, numbers[0]));
  EBM_ASSIGN_OR_RETURN(const int64_t second, IndexOf(path, row, numbers[1]));
  if (first == second) return AddField(path, row, first, numbers[2], model);
  if (!std::isfinite(numbers[2])) return LineError(path, row, "a number is missing");
  const Edge edge = {std::min(first, second), std::max(first, second)};
  model.sites = std::max(model.sites, edge[1] + 1);
  if (model.couplings.emplace(edge, numbers[2]).second) return absl::OkStatus();
  return LineError(path, row, absl::StrCat("sites ", edge[0], " and ", edge[1], " already have a coupling"));
}

}  // namespace

absl::StatusOr<IsingModel> ReadIsingModel(const std::string& couplings, const std::string& fields, CsvHeader header) {
  IsingModel model;
  EBM_ASSIGN_OR_RETURN(NumberList list, ReadNumbers(couplings, kCouplingColumns, "couplings", header));
  for (int64_t row = 0; row < list.rows.rows(); ++row) {
    EBM_RETURN_IF_ERROR(AddCoupling(couplings, row, list.rows.row(row), model));
  }
  model.variables = list.variables;
  model.sha256 = std::move(list.sha256);
  if (fields.empty()) return model;
  EBM_ASSIGN_OR_RETURN(list, ReadNumbers(fields, kFieldColumns, "fields", header));
  if (list.variables.has_value() && list.variables != model.variables.value_or(*list.variables)) {
    return absl::InvalidArgumentError(absl::StrCat(SourceName(fields), ": the vartype is not that of ", couplings));
  }
  if (!model.variables.has_value()) model.variables = list.variables;
  for (int64_t row = 0; row < list.rows.rows(); ++row) {
    EBM_ASSIGN_OR_RETURN(const int64_t site, IndexOf(fields, row, list.rows.row(row)[0]));
    EBM_RETURN_IF_ERROR(AddField(fields, row, site, list.rows.row(row)[1], model));
  }
  absl::StrAppend(&model.sha256, " ", list.sha256);
  return model;
}

}  // namespace ebm

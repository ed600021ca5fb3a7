#include "model/offline/import/ising_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/io/csv.h"
#include "model/io/file_bytes.h"
#include "model/spec/spec_limits.h"

namespace ebm {
namespace {

constexpr int64_t kCouplingColumns = 3;
constexpr int64_t kFieldColumns = 2;

// The lines of a .coo file as CSV.
std::string CsvOf(absl::string_view coo) {
  std::string csv;
  for (const absl::string_view line : absl::StrSplit(coo, '\n')) {
    if (absl::StartsWith(line, "#")) continue;
    const std::vector<absl::string_view> cells = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (!cells.empty()) absl::StrAppend(&csv, absl::StrJoin(cells, ","), "\n");
  }
  return csv;
}

// Numbers, [n, columns], and the file's digest.
struct NumberList {
  MatrixBuffer rows;
  std::string sha256;
};

absl::StatusOr<NumberList> ReadNumbers(const std::string& path, int64_t columns, absl::string_view what) {
  const std::string source = SourceName(path);
  EBM_ASSIGN_OR_RETURN(DataFile file, ReadDataFile(path));
  const std::string text = absl::EndsWith(path, ".coo") ? CsvOf(file.bytes) : std::move(file.bytes);
  EBM_ASSIGN_OR_RETURN(StoredArray array, ParseCsv(text, source));
  if (array.rows.cols() != columns) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", array.rows.cols(), " columns; ", what, " have ", columns));
  }
  for (const StoredColumn& column : array.columns) {
    if (column.words.empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": line ", column.first_word_line, ": ", column.first_word, " is not a number"));
  }
  return NumberList{.rows = std::move(array.rows), .sha256 = std::move(file.sha256)};
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

absl::StatusOr<IsingModel> ReadIsingModel(const std::string& couplings, const std::string& fields) {
  IsingModel model;
  EBM_ASSIGN_OR_RETURN(NumberList list, ReadNumbers(couplings, kCouplingColumns, "couplings"));
  for (int64_t row = 0; row < list.rows.rows(); ++row) {
    EBM_RETURN_IF_ERROR(AddCoupling(couplings, row, list.rows.row(row), model));
  }
  model.sha256 = std::move(list.sha256);
  if (fields.empty()) return model;
  EBM_ASSIGN_OR_RETURN(list, ReadNumbers(fields, kFieldColumns, "fields"));
  for (int64_t row = 0; row < list.rows.rows(); ++row) {
    EBM_ASSIGN_OR_RETURN(const int64_t site, IndexOf(fields, row, list.rows.row(row)[0]));
    EBM_RETURN_IF_ERROR(AddField(fields, row, site, list.rows.row(row)[1], model));
  }
  absl::StrAppend(&model.sha256, " ", list.sha256);
  return model;
}

}  // namespace ebm

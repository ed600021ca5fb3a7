#include "model/io/csv.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "model/core/status_macros.h"
#include "model/io/csv_cell.h"
#include "model/io/csv_dialect.h"
#include "model/io/csv_records.h"

namespace ebm {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some spreadsheets begin UTF-8 files with it
constexpr size_t kLongestCell = 40;
constexpr size_t kRecordsJudged = 100;  // to tell a header from a row

std::string QuotedCell(absl::string_view cell) {
  const bool cut = cell.size() > kLongestCell;
  return absl::StrCat("'", absl::CHexEscape(cell.substr(0, kLongestCell)), cut ? "...'" : "'");
}

absl::Status Error(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what));
}

absl::Status ErrorAt(absl::string_view source, int64_t line, size_t column, absl::string_view what) {
  return Error(source, absl::StrCat("line ", line, ", column ", column + 1, ": ", what));
}

bool AreNumbersBetweenBlanks(absl::string_view line) {
  const std::vector<absl::string_view> cells = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipWhitespace());
  return cells.size() > 1 && std::ranges::all_of(cells, [](absl::string_view cell) { return !IsWord(cell); });
}

// The table while it is read. `words` maps the texts of a column to their indices.
struct Columns {
  std::vector<StoredColumn> columns;
  std::vector<bool> has_text;
  std::vector<bool> has_words;
  std::vector<std::unordered_map<std::string, int64_t>> words;
};

float IndexOfWord(absl::string_view cell, size_t c, Columns& table) {
  std::vector<std::string>& words = table.columns[c].words;
  const auto [found, is_new] = table.words[c].try_emplace(std::string(cell), std::ssize(words));
  if (is_new) words.emplace_back(cell);
  return static_cast<float>(found->second);
}

class CsvTable {
 public:
  CsvTable(absl::string_view text, absl::string_view source, const CsvOptions& options)
      : text_(text), source_(source), options_(options), separator_(FindSeparator(text)) {}

  absl::StatusOr<StoredArray> Parse() {
    EBM_RETURN_IF_ERROR(FindColumns());
    // Until a word is seen, a column is taken for one of numbers. If there was any, everything is read once more.
    EBM_RETURN_IF_ERROR(ReadRows());
    if (std::ranges::count(table_.has_words, true) > 0) EBM_RETURN_IF_ERROR(ReadRows());
    if (rows_ == 0)
      return Error(source_, has_header_ ? "the file holds a header and no rows" : "the file holds no rows");
    const auto width = std::ssize(table_.columns);
    MatrixBuffer rows(std::move(values_), rows_, width);
    StoredArray array = {.shape = {rows_, width}, .rows = std::move(rows), .columns = std::move(table_.columns)};
    if (width > 1 && !table_.has_text.back()) DropUnnamedLastColumn(array);
    return array;
  }

 private:
  absl::Status FindColumns() {
    CsvRecords records(text_, separator_, source_);
    std::vector<std::vector<std::string>> first;
    while (first.size() <= kRecordsJudged) {
      EBM_ASSIGN_OR_RETURN(const bool is_there, records.Next());
      if (!is_there) break;
      first.emplace_back(records.cells().begin(), records.cells().end());
    }
    if (first.empty()) return Error(source_, "the file holds no rows");
    EBM_RETURN_IF_ERROR(CheckFirstRecord(first.front()));
    EBM_ASSIGN_OR_RETURN(has_header_, FindHeader(first));
    table_.columns.resize(first.front().size());
    table_.has_text.resize(first.front().size());
    table_.has_words.resize(first.front().size());
    if (has_header_) return TakeNames(first.front());
    return absl::OkStatus();
  }

  absl::Status CheckFirstRecord(const std::vector<std::string>& cells) const {
    if (absl::StartsWith(cells.front(), "#")) {
      return ErrorAt(source_, 1, 0, absl::StrCat(QuotedCell(cells.front()), ": comments are not read; remove them"));
    }
    if (cells.size() > 1 || !AreNumbersBetweenBlanks(cells.front())) return absl::OkStatus();
    return ErrorAt(source_, 1, 0,
                   absl::StrCat(QuotedCell(cells.front()),
                                ": numbers must be separated by commas, semicolons or tabs, not by blanks"));
  }

  absl::StatusOr<bool> FindHeader(const std::vector<std::vector<std::string>>& first) const {
    if (options_.header != CsvHeader::kAuto) return options_.header == CsvHeader::kYes;
    for (const std::string& cell : first.front()) {
      if (!cell.empty() && std::ranges::find(options_.names, cell) != options_.names.end()) return true;
    }
    absl::StatusOr<bool> found = HasHeader(first);
    if (!found.ok()) return Error(source_, found.status().message());
    return found;
  }

  absl::Status TakeNames(const std::vector<std::string>& names) {
    std::set<absl::string_view> seen;
    for (size_t c = 0; c < names.size(); ++c) {
      table_.columns[c].name = names[c];
      if (names[c].empty() || seen.insert(names[c]).second) continue;
      return ErrorAt(source_, 1, c, absl::StrCat("the header has ", QuotedCell(names[c]), " twice"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadRows() {
    CsvRecords records(text_, separator_, source_);
    if (has_header_) EBM_RETURN_IF_ERROR(records.Next().status());
    values_.clear();
    rows_ = 0;
    table_.words.assign(table_.columns.size(), {});
    for (StoredColumn& column : table_.columns) {
      column.words.clear();
      column.numbers = 0;
    }
    while (true) {
      EBM_ASSIGN_OR_RETURN(const bool is_there, records.Next());
      if (!is_there) return absl::OkStatus();
      EBM_RETURN_IF_ERROR(ReadRow(records));
      ++rows_;
    }
  }

  absl::Status ReadRow(const CsvRecords& records) {
    const std::vector<absl::string_view>& cells = records.cells();
    if (cells.size() != table_.columns.size()) {
      return Error(source_, absl::StrCat("line ", records.line(), ": the row has ", cells.size(), " values, the first ",
                                         has_header_ ? "line" : "row", " has ", table_.columns.size()));
    }
    for (size_t c = 0; c < cells.size(); ++c) {
      EBM_ASSIGN_OR_RETURN(const float value, ReadCell(cells[c], records.line(), c));
      values_.push_back(value);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<float> ReadCell(absl::string_view cell, int64_t line, size_t c) {
    if (!cell.empty()) table_.has_text[c] = true;
    if (IsMissing(cell)) return std::numeric_limits<float>::quiet_NaN();
    StoredColumn& column = table_.columns[c];
    const std::optional<float> number = NumberOf(cell);
    column.numbers += table_.has_words[c] && number.has_value() ? 1 : 0;
    if (!number.has_value() && !table_.has_words[c]) {
      if (HasDecimalComma(cell)) {
        return ErrorAt(source_, line, c, absl::StrCat(QuotedCell(cell), " has a decimal comma; numbers need a point"));
      }
      table_.has_words[c] = true;
      column.first_word_line = line;
      column.first_word = QuotedCell(cell);
    }
    if (table_.has_words[c]) return IndexOfWord(cell, c, table_);
    if (std::isfinite(*number)) return *number;
    return ErrorAt(source_, line, c, absl::StrCat(QuotedCell(cell), " is not a finite float32"));
  }

  static void DropUnnamedLastColumn(StoredArray& array) {
    const int64_t last = array.rows.cols() - 1;
    if (!array.columns.back().name.empty()) return;
    MatrixBuffer rows(array.rows.rows(), last);
    for (int64_t r = 0; r < rows.rows(); ++r) std::ranges::copy(array.rows.row(r).first(last), rows.row(r).begin());
    array.rows = std::move(rows);
    array.columns.pop_back();
    array.shape[1] = last;
  }

  const absl::string_view text_;
  const absl::string_view source_;
  const CsvOptions& options_;
  const char separator_;
  bool has_header_ = false;
  Columns table_;
  std::vector<float> values_;
  int64_t rows_ = 0;
};

}  // namespace

std::map<std::string, CsvHeader> CsvHeaders() {
  return {{"auto", CsvHeader::kAuto}, {"yes", CsvHeader::kYes}, {"no", CsvHeader::kNo}};
}

absl::StatusOr<StoredArray> ParseCsv(absl::string_view text, absl::string_view source, const CsvOptions& options) {
  return CsvTable(absl::StripPrefix(text, kByteOrderMark), source, options).Parse();
}

}  // namespace ebm

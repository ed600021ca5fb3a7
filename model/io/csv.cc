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
#include "model/core/utf8.h"
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

// The line of the first byte that does not belong to a code point in UTF-8; 0: there is none.
int64_t LineNotInUtf8(absl::string_view text) {
  int64_t line = 1;
  while (!text.empty()) {
    if (text.front() == '\n') ++line;
    const size_t length = CodePointLength(text);
    if (length == 0) return line;
    text.remove_prefix(length);
  }
  return 0;
}

// A cell that decides later whether its column can be read.
struct CellPlace {
  int64_t line = 0;
  std::string cell;
};

// A column while it is read.
struct ColumnState {
  bool has_text = false;
  bool has_words = false;
  bool has_other_words = false;                      // than numbers with commas
  std::optional<CellPlace> infinite;                 // the first number that is not finite in float32
  std::unordered_map<std::string, int64_t> indices;  // of the words
};

class CsvTable {
 public:
  CsvTable(absl::string_view text, absl::string_view source, const CsvOptions& options)
      : text_(text), source_(source), options_(options), separator_(FindSeparator(text)) {}

  absl::StatusOr<StoredArray> Parse() {
    if (const int64_t line = LineNotInUtf8(text_); line > 0) {
      return Error(source_, absl::StrCat("line ", line, ": the text is not UTF-8; convert it, for example by iconv -f ",
                                         "latin1 -t utf-8"));
    }
    EBM_RETURN_IF_ERROR(FindColumns());
    // Until a word is seen, a column is taken for one of numbers. If there was any, everything is read once more.
    EBM_RETURN_IF_ERROR(ReadRows());
    if (std::ranges::any_of(states_, &ColumnState::has_words)) EBM_RETURN_IF_ERROR(ReadRows());
    if (rows_ == 0) {
      return Error(source_, has_header_ ? "the file holds a header and no rows" : "the file holds no rows");
    }
    EBM_RETURN_IF_ERROR(CheckColumns());
    const auto width = std::ssize(columns_);
    MatrixBuffer rows(std::move(values_), rows_, width);
    StoredArray array = {.shape = {rows_, width}, .rows = std::move(rows), .columns = std::move(columns_)};
    if (width > 1 && !states_.back().has_text) DropUnnamedLastColumn(array);
    return array;
  }

 private:
  absl::Status FindColumns() {
    CsvRecords records(text_, separator_, source_);
    CsvRecordTexts first;
    while (first.size() <= kRecordsJudged) {
      EBM_ASSIGN_OR_RETURN(const bool is_there, records.Next());
      if (!is_there) break;
      if (records.cells().size() > kMostCsvColumns) {
        return Error(source_, absl::StrCat("line ", records.line(), ": ", records.cells().size(),
                                           " values; a row has at most ", kMostCsvColumns));
      }
      first.emplace_back(records.cells().begin(), records.cells().end());
    }
    if (first.empty()) return Error(source_, "the file holds no rows");
    EBM_RETURN_IF_ERROR(CheckFirstRecord(first));
    EBM_ASSIGN_OR_RETURN(has_header_, FindHeader(first));
    columns_.resize(first.front().size());
    states_.resize(first.front().size());
    return has_header_ ? TakeNames(first.front()) : absl::OkStatus();
  }

  absl::Status CheckFirstRecord(const CsvRecordTexts& first) const {
    const std::vector<std::string>& cells = first.front();
    const bool differs = first.size() > 1 && first[1].size() != cells.size();
    if (absl::StartsWith(cells.front(), "#") && differs) {
      return ErrorAt(source_, 1, 0, absl::StrCat(QuotedCell(cells.front()), ": comments are not read; remove them"));
    }
    if (cells.size() > 1 || !AreNumbersBetweenBlanks(cells.front())) return absl::OkStatus();
    return ErrorAt(source_, 1, 0,
                   absl::StrCat(QuotedCell(cells.front()),
                                ": numbers must be separated by commas, semicolons or tabs, not by blanks"));
  }

  absl::StatusOr<bool> FindHeader(const CsvRecordTexts& first) const {
    if (options_.header != CsvHeader::kAuto) return options_.header == CsvHeader::kYes;
    if (options_.names.has_value() && AreMostlyNames(first.front())) return true;
    absl::StatusOr<bool> found = options_.names.has_value() ? HasWordsAboveNumbers(first) : HasHeader(first);
    if (!found.ok()) return Error(source_, found.status().message());
    return found;
  }

  bool AreMostlyNames(const std::vector<std::string>& cells) const {
    const auto known = std::ranges::count_if(cells, [this](const std::string& cell) {
      return !cell.empty() && std::ranges::count(*options_.names, cell) > 0;
    });
    return 2 * known >= std::ssize(cells);
  }

  absl::Status TakeNames(const std::vector<std::string>& names) {
    std::set<absl::string_view> seen;
    for (size_t c = 0; c < names.size(); ++c) {
      columns_[c].name = names[c];
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
    for (StoredColumn& column : columns_) {
      column.words.clear();
      column.numbers = 0;
    }
    for (ColumnState& state : states_) state.indices.clear();
    while (true) {
      EBM_ASSIGN_OR_RETURN(const bool is_there, records.Next());
      if (!is_there) return absl::OkStatus();
      EBM_RETURN_IF_ERROR(ReadRow(records));
      ++rows_;
    }
  }

  absl::Status ReadRow(const CsvRecords& records) {
    const std::vector<absl::string_view>& cells = records.cells();
    if (cells.size() != columns_.size()) {
      return Error(source_, absl::StrCat("line ", records.line(), ": the row has ", cells.size(), " values, the first ",
                                         has_header_ ? "line" : "row", " has ", columns_.size()));
    }
    for (size_t c = 0; c < cells.size(); ++c) values_.push_back(ReadCell(cells[c], records.line(), c));
    return absl::OkStatus();
  }

  float ReadCell(absl::string_view cell, int64_t line, size_t c) {
    ColumnState& state = states_[c];
    StoredColumn& column = columns_[c];
    if (!cell.empty()) state.has_text = true;
    if (IsMissing(cell)) return std::numeric_limits<float>::quiet_NaN();
    const std::optional<float> number = NumberOf(cell);
    if (!number.has_value() && !state.has_words) {
      state.has_words = true;
      column.first_word_line = line;
      column.first_word = QuotedCell(cell);
    }
    if (number.has_value() && !std::isfinite(*number) && !state.infinite.has_value()) {
      state.infinite = {line, QuotedCell(cell)};
    }
    if (!state.has_words) return *number;
    column.numbers += number.has_value() ? 1 : 0;
    state.has_other_words |= !number.has_value() && !HasDecimalComma(cell);
    const auto [found, is_new] = state.indices.try_emplace(std::string(cell), std::ssize(column.words));
    if (is_new) column.words.emplace_back(cell);
    return static_cast<float>(found->second);
  }

  absl::Status CheckColumns() const {
    constexpr size_t kMostWords = 1 << 24;  // a float holds no greater index exactly
    for (size_t c = 0; c < columns_.size(); ++c) {
      const ColumnState& state = states_[c];
      const StoredColumn& column = columns_[c];
      if (!state.has_words && state.infinite.has_value()) {
        return ErrorAt(source_, state.infinite->line, c,
                       absl::StrCat(state.infinite->cell, " is not a finite float32"));
      }
      if (state.has_words && !state.has_other_words) {
        return ErrorAt(source_, column.first_word_line, c,
                       absl::StrCat(column.first_word,
                                    " has a decimal comma; numbers need a decimal point, and nothing "
                                    "between thousands"));
      }
      if (column.words.size() > kMostWords) {
        return Error(source_, absl::StrCat("column ", c + 1, " has more than ", kMostWords, " different words"));
      }
    }
    return absl::OkStatus();
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
  std::vector<StoredColumn> columns_;
  std::vector<ColumnState> states_;
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

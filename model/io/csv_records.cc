#include "model/io/csv_records.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "model/core/status_macros.h"

namespace ebm {

absl::StatusOr<bool> CsvRecords::Next() {
  cells_.clear();
  unquoted_.clear();
  SkipBlankLines();
  line_ = next_line_;
  if (rest_.empty()) return false;
  while (true) {
    EBM_RETURN_IF_ERROR(TakeCell());
    if (AtEndOfLine()) break;
    Take(1);  // the separator
  }
  TakeLineEnd();
  return true;
}

void CsvRecords::SkipBlankLines() {
  while (!rest_.empty()) {
    const absl::string_view line = rest_.substr(0, rest_.find_first_of("\r\n"));
    const bool is_blank = std::ranges::all_of(line, [this](char c) { return IsBlank(c); });  // not: tabs as separators
    if (!is_blank) return;
    rest_.remove_prefix(line.size());
    TakeLineEnd();
  }
}

void CsvRecords::SkipBlanks() {
  while (!rest_.empty() && IsBlank(rest_.front())) rest_.remove_prefix(1);
}

void CsvRecords::TakeLineEnd() {
  if (!absl::ConsumePrefix(&rest_, "\r\n") && !rest_.empty()) rest_.remove_prefix(1);
  ++next_line_;
}

// Counts the lines that end within.
void CsvRecords::Take(size_t count) {
  const absl::string_view taken = rest_.substr(0, count);
  next_line_ += std::ranges::count(taken, '\n');
  rest_.remove_prefix(count);
}

absl::Status CsvRecords::TakeCell() {
  SkipBlanks();
  if (absl::StartsWith(rest_, "\"")) return TakeQuoted();
  const char ends[] = {separator_, '\r', '\n'};
  const absl::string_view cell = rest_.substr(0, rest_.find_first_of(absl::string_view(ends, sizeof(ends))));
  cells_.push_back(absl::StripAsciiWhitespace(cell));
  rest_.remove_prefix(cell.size());
  return absl::OkStatus();
}

absl::Status CsvRecords::TakeQuoted() {
  const int64_t line = next_line_;
  Take(1);
  size_t end = rest_.find('"');
  while (end != absl::string_view::npos && absl::StartsWith(rest_.substr(end), "\"\"")) end = rest_.find('"', end + 2);
  if (end == absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(source_, ": line ", line, ": a quote is not closed"));
  }
  absl::string_view cell = rest_.substr(0, end);
  if (absl::StrContains(cell, '"')) cell = unquoted_.emplace_back(absl::StrReplaceAll(cell, {{"\"\"", "\""}}));
  cells_.push_back(absl::StripAsciiWhitespace(cell));
  Take(end + 1);
  SkipBlanks();
  if (AtEndOfLine() || rest_.front() == separator_) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(source_, ": line ", line, ", column ", cells_.size(), ": there is text after the closing quote"));
}

}  // namespace ebm

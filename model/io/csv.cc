#include "model/io/csv.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "model/core/status_macros.h"
#include "model/io/csv_hint.h"

namespace ebm {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";  // some spreadsheets begin UTF-8 files with it
constexpr size_t kLongestCell = 40;

struct Place {
  absl::string_view source;
  int64_t line = 1;
  int64_t column = 1;
};

absl::Status Error(const Place& place, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(place.source, ": line ", place.line, ", column ", place.column, ": ", what));
}

std::string QuotedCell(absl::string_view cell) {
  const bool cut = cell.size() > kLongestCell;
  return absl::StrCat("'", absl::CHexEscape(cell.substr(0, kLongestCell)), cut ? "...'" : "'");
}

// Removes the text up to the separator, and the separator, from the front.
absl::string_view TakeUntil(char separator, absl::string_view& text) {
  const size_t end = text.find(separator);
  const absl::string_view piece = text.substr(0, end);
  text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
  return piece;
}

// Lines end in \n, \r\n or, as on old Macintosh computers and from some spreadsheets, \r.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find_first_of("\r\n");
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(line.size());
  if (!absl::ConsumePrefix(&text, "\r\n") && !text.empty()) text.remove_prefix(1);
  return line;
}

absl::StatusOr<float> ParseCell(absl::string_view cell, const Place& place) {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.empty()) return Error(place, "the cell is empty");
  float value = 0;
  if (!absl::SimpleAtof(cell, &value)) return Error(place, absl::StrCat(QuotedCell(cell), " is not a number"));
  if (!std::isfinite(value)) return Error(place, absl::StrCat(QuotedCell(cell), " is not a finite float32"));
  return value;
}

// Appends the line's numbers and returns how many there were.
absl::StatusOr<int64_t> ParseLine(absl::string_view line, Place place, std::vector<float>& values) {
  absl::string_view rest = line;
  bool more = true;
  while (more) {
    more = rest.find(',') != absl::string_view::npos;
    const absl::StatusOr<float> value = ParseCell(TakeUntil(',', rest), place);
    if (!value.ok()) return absl::InvalidArgumentError(absl::StrCat(value.status().message(), CsvHint(line)));
    values.push_back(*value);
    ++place.column;
  }
  return place.column - 1;
}

// The header that pandas writes for columns without names: 0,1,2,...
bool CountsColumns(const std::vector<float>& values, int64_t rows, int64_t columns) {
  constexpr int64_t kFewestToJudge = 5;
  if (rows < 2 || columns < kFewestToJudge) return false;
  for (int64_t c = 0; c < columns; ++c) {
    if (values[static_cast<size_t>(c)] != static_cast<float>(c)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<MatrixBuffer> ParseCsv(absl::string_view text, absl::string_view source) {
  text = absl::StripPrefix(text, kByteOrderMark);
  std::vector<float> values;
  int64_t rows = 0;
  int64_t columns = 0;
  for (Place place{source}; !text.empty(); ++place.line) {
    const absl::string_view line = TakeLine(text);
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    EBM_ASSIGN_OR_RETURN(const int64_t count, ParseLine(line, place, values));
    if (rows > 0 && count != columns) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": line ", place.line, ": the row has ", count, " values, the first row has ", columns));
    }
    columns = count;
    ++rows;
  }
  if (rows == 0) return absl::InvalidArgumentError(absl::StrCat(source, ": the file holds no rows"));
  if (CountsColumns(values, rows, columns)) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": the first row counts the columns; remove this header"));
  }
  return MatrixBuffer(std::move(values), rows, columns);
}

}  // namespace ebm

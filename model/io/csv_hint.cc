#include "model/io/csv_hint.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace ebm {
namespace {

bool IsNumber(absl::string_view cell) {
  float value = 0;
  return absl::SimpleAtof(absl::StripAsciiWhitespace(cell), &value);
}

// Numbers may have letters too: 1e3, nan, inf.
bool IsWord(absl::string_view cell) { return !IsNumber(cell) && std::ranges::any_of(cell, absl::ascii_isalpha); }

bool IsNumbersSeparatedBy(absl::string_view separators, absl::string_view line) {
  const std::vector<absl::string_view> cells =
      absl::StrSplit(line, absl::ByAnyChar(separators), absl::SkipWhitespace());
  return cells.size() > 1 && std::ranges::all_of(cells, IsNumber);
}

}  // namespace

absl::string_view CsvHint(absl::string_view line) {
  const std::vector<absl::string_view> cells = absl::StrSplit(line, ',');
  if (absl::StartsWith(line, "#")) return "; comments are not read, so remove this line";
  if (IsNumbersSeparatedBy(" \t", line)) return "; numbers must be separated by commas, not by blanks or tabs";
  if (absl::StrContains(line, ';')) return "; numbers must be separated by commas, not by semicolons";
  if (absl::StrContains(line, '"')) return "; numbers must not be in quotes";
  if (std::ranges::all_of(cells, IsWord)) return "; the line looks like a header, so remove it";
  if (std::all_of(cells.begin(), cells.end() - 1, IsNumber) && IsWord(cells.back())) {
    return "; labels must be whole numbers";
  }
  return "";
}

}  // namespace ebm

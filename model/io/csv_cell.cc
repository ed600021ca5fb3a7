#include "model/io/csv_cell.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace ebm {
namespace {

constexpr absl::string_view kMissing[] = {"", "?", "NA", "N/A", "NaN", "null"};

}  // namespace

bool IsMissing(absl::string_view cell) {
  return std::ranges::any_of(kMissing, [cell](absl::string_view text) { return absl::EqualsIgnoreCase(cell, text); });
}

std::optional<float> NumberOf(absl::string_view cell) {
  float value = 0;
  if (!absl::SimpleAtof(cell, &value) || std::isnan(value)) return std::nullopt;
  return value;
}

bool IsWord(absl::string_view cell) { return !IsMissing(cell) && !NumberOf(cell).has_value(); }

bool HasDecimalComma(absl::string_view cell) {
  const size_t comma = cell.rfind(',');
  if (comma == absl::string_view::npos || comma + 1 == cell.size()) return false;
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  const absl::string_view whole = cell.substr(0, comma);
  const size_t sign = absl::StartsWith(whole, "-") || absl::StartsWith(whole, "+") ? 1 : 0;
  return std::ranges::all_of(cell.substr(comma + 1), is_digit) &&
         std::ranges::all_of(whole.substr(sign), [&](char c) { return is_digit(c) || c == '.'; });
}

}  // namespace ebm

#include "client/cli/ranges.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace ebm::client {

absl::StatusOr<RowRange> ParseRowRange(absl::string_view flag, absl::string_view text, int64_t limit) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  RowRange range{.first = 0, .count = 1};
  const bool parsed = parts.size() <= 2 && absl::SimpleAtoi(parts[0], &range.first) &&
                      (parts.size() == 1 || absl::SimpleAtoi(parts[1], &range.count));
  if (!parsed) return absl::InvalidArgumentError(absl::StrCat(flag, ": '", text, "' is not FIRST:COUNT"));
  if (range.first < 0 || range.count < 1 || range.first >= limit || range.count > limit - range.first) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": '", text, "' is empty or not within the rows 0 to ", limit - 1));
  }
  return range;
}

absl::StatusOr<DataRange> ParseInterval(absl::string_view flag, absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  DataRange range;
  const bool parsed = parts.size() == 2 && absl::SimpleAtof(parts[0], &range.minimum) &&
                      absl::SimpleAtof(parts[1], &range.maximum) && std::isfinite(range.minimum) &&
                      std::isfinite(range.maximum) && range.minimum < range.maximum;
  if (!parsed) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": '", text, "' is not LOWER:UPPER, two finite numbers of which the first is smaller"));
  }
  return range;
}

}  // namespace ebm::client

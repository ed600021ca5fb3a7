#include "client/cli/flag_checks.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "model/process/command_line.h"

namespace ebm::client {
namespace {

// CLI11's convention: an empty result means that the value is valid.
CLI::Validator Check(const std::function<bool(const std::string&)>& is_good, const std::string& expected) {
  return CLI::Validator(
      [is_good, expected](const std::string& text) -> std::string {
        return is_good(text) ? "" : absl::StrCat("'", text, "' is not ", expected);
      },
      "");
}

// Hexadecimal numbers are not decimal.
bool ParseDecimal(absl::string_view text, float& value) {
  return !absl::StrContains(absl::AsciiStrToLower(text), 'x') && absl::SimpleAtof(text, &value);
}

bool IsPositive(const std::string& text) {
  float value = 0.0F;
  return ParseDecimal(text, value) && std::isfinite(value) && value > 0.0F;
}

bool IsNonNegative(const std::string& text) {
  float value = 0.0F;
  return ParseDecimal(text, value) && std::isfinite(value) && value >= 0.0F;
}

}  // namespace

CLI::Validator HostAndPort() {
  return Check([](const std::string& text) { return IsHostAndPort(text, 1); }, "HOST:PORT with a port of 1 to 65535");
}

CLI::Validator PositiveNumber() { return Check(IsPositive, "a finite number above 0"); }
CLI::Validator NonNegativeNumber() { return Check(IsNonNegative, "a finite number of 0 or above"); }

CLI::Validator OneOf(const std::vector<std::string>& words) {
  return Check([words](const std::string& text) { return std::ranges::find(words, text) != words.end(); },
               absl::StrCat("one of: ", absl::StrJoin(words, ", ")));
}

}  // namespace ebm::client

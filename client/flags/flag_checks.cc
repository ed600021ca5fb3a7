#include "client/flags/flag_checks.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
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

bool AreHostsAndPorts(absl::string_view list) {
  const std::vector<std::string> addresses = absl::StrSplit(list, ',');
  return std::ranges::all_of(addresses, [](const std::string& address) { return IsHostAndPort(address, 1); });
}

bool IsTarget(const std::string& text) {
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "unix:")) return !rest.empty();
  if (absl::ConsumePrefix(&rest, "ipv4:") || absl::ConsumePrefix(&rest, "ipv6:")) return AreHostsAndPorts(rest);
  // dns:HOST:PORT, or dns://[AUTHORITY]/HOST:PORT
  if (absl::ConsumePrefix(&rest, "dns:")) return IsHostAndPort(std::string(rest.substr(rest.rfind('/') + 1)), 1);
  return IsHostAndPort(text, 1);
}

}  // namespace

CLI::Validator ServerTarget() {
  return Check(IsTarget,
               "HOST:PORT with a port of 1 to 65535, nor a target such as dns:///HOST:PORT or ipv4:ADDRESS:PORT,...");
}

CLI::Validator PositiveNumber() { return Check(IsPositive, "a finite number above 0"); }
CLI::Validator NonNegativeNumber() { return Check(IsNonNegative, "a finite number of 0 or above"); }

CLI::Validator OneOf(const std::vector<std::string>& words) {
  return Check([words](const std::string& text) { return std::ranges::find(words, text) != words.end(); },
               absl::StrCat("one of: ", absl::StrJoin(words, ", ")));
}

}  // namespace ebm::client

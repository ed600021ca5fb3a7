#include "model/process/command_line.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ebm {
namespace {

constexpr char kEndOfFlags[] = "--";

void RefuseEmptyValues(const std::vector<std::string>& args) {
  for (const std::string& arg : args) {
    if (arg == kEndOfFlags) return;
    if (arg.empty()) throw CLI::ArgumentMismatch("an argument is empty");
    const size_t equals = arg.find('=');
    if (arg.front() == '-' && equals == arg.size() - 1) {
      throw CLI::ArgumentMismatch(absl::StrCat(arg.substr(0, equals), ": the value is empty"));
    }
  }
}

template <typename Number>
std::string ToDecimal(std::string& text) {
  const bool has_sign = text.front() == '-' || text.front() == '+';
  const absl::string_view digits = absl::string_view(text).substr(has_sign ? 1 : 0);
  if (digits.empty() || !std::ranges::all_of(digits, absl::ascii_isdigit)) {
    return absl::StrCat("'", text, "' is not a whole number");
  }
  Number number = 0;
  if (!absl::SimpleAtoi(text, &number)) return absl::StrCat("'", text, "' is out of range");
  text = absl::StrCat(number);
  return "";
}

std::string RefuseHexadecimal(std::string& text) {
  if (!absl::StrContains(absl::AsciiStrToLower(text), 'x')) return "";
  return absl::StrCat("'", text, "' is not a decimal number");
}

void ApplyRules(CLI::Option& option) {
  if (option.get_items_expected_max() == 1 && option.get_type_size_max() <= 1) {
    option.multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  const bool is_list = option.get_delimiter() != '\0';
  if (is_list) option.trigger_on_parse();  // so that a list that is given again replaces the earlier one
  const std::string type = option.get_type_name();
  if (absl::StartsWith(type, "UINT")) option.transform(CLI::Validator(ToDecimal<uint64_t>, ""));
  if (absl::StartsWith(type, "INT")) option.transform(CLI::Validator(ToDecimal<int64_t>, ""));
  if (absl::StartsWith(type, "FLOAT")) option.transform(CLI::Validator(RefuseHexadecimal, ""));
}

void ApplyRulesToAll(CLI::App& app) {
  for (CLI::Option* const option : app.get_options()) ApplyRules(*option);
  for (CLI::App* const subcommand : app.get_subcommands([](CLI::App* /*any*/) { return true; }))
    ApplyRulesToAll(*subcommand);
}

}  // namespace

CLI::Validator WholeNumber(uint64_t lower, uint64_t upper) {
  const std::string expected = absl::StrCat("a whole number from ", lower, " to ", upper);
  return CLI::Validator(
      [lower, upper, expected](std::string& text) -> std::string {
        const std::string given = text;
        uint64_t value = 0;
        if (ToDecimal<uint64_t>(text).empty() && absl::SimpleAtoi(text, &value) && value >= lower && value <= upper)
          return "";
        return absl::StrCat("'", given, "' is not ", expected);
      },
      "");
}

bool IsHostAndPort(const std::string& text, int lowest_port) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  const std::string host = text.substr(0, colon);
  const bool is_bare_v6 = absl::StrContains(host, ':') && !(host.front() == '[' && host.back() == ']');
  int port = 0;
  return !is_bare_v6 && absl::SimpleAtoi(text.substr(colon + 1), &port) && port >= lowest_port && port <= 65535;
}

void ParseCommandLine(CLI::App& app, std::vector<std::string> args) {
  RefuseEmptyValues(args);
  ApplyRulesToAll(app);
  std::ranges::reverse(args);  // as App::parse wants them
  app.parse(std::move(args));
}

void ParseCommandLine(CLI::App& app, int argc, char** argv) {
  ParseCommandLine(app, std::vector<std::string>(argv + 1, argv + argc));
}

}  // namespace ebm

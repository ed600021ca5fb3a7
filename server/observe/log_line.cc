#include "server/observe/log_line.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace ebm::observe {
namespace {

bool IsPlain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

bool IsBare(char c) { return IsPlain(c) && c != ' ' && c != '='; }

void AppendQuoted(absl::string_view text, std::string& line) {
  if (std::ranges::all_of(text, IsPlain)) {
    absl::StrAppend(&line, "\"", text, "\"");
    return;
  }
  constexpr bool kToAscii = true;
  line += nlohmann::json(std::string(text)).dump(-1, ' ', kToAscii, nlohmann::json::error_handler_t::replace);
}

void AppendString(LogFormat format, absl::string_view text, std::string& line) {
  text = text.substr(0, kMostBytes);
  if (format == LogFormat::kText && !text.empty() && std::ranges::all_of(text, IsBare)) {
    absl::StrAppend(&line, text);
  } else {
    AppendQuoted(text, line);
  }
}

void AppendValue(LogFormat format, const LogField& field, std::string& line) {
  if (const auto* text = std::get_if<absl::string_view>(&field.value)) {
    AppendString(format, *text, line);
  } else if (const auto* whole = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&line, *whole);
  } else {
    const double number = std::get<double>(field.value);
    std::isfinite(number) ? absl::StrAppend(&line, number) : absl::StrAppend(&line, "null");
  }
}

}  // namespace

std::string FormatEvent(LogFormat format, absl::string_view event, std::span<const LogField> fields) {
  std::string line;
  if (format == LogFormat::kJson) line += "\"event\":";
  AppendString(format, event, line);
  for (const LogField& field : fields) {
    if (format == LogFormat::kJson) {
      absl::StrAppend(&line, ",\"", field.name, "\":");
    } else {
      absl::StrAppend(&line, " ", field.name, "=");
    }
    AppendValue(format, field, line);
  }
  return line;
}

}  // namespace ebm::observe

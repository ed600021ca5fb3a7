#include "model/offline/evaluation/html.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace ebm::html {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

// The length of the UTF-8 sequence at the beginning of `text` (Unicode 15, table 3-7); 0: there is none.
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead < 0xF0 || lead > 0xF4) return 0;
  const bool out_of_range = (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) >= 0x90);
  return follows(1) && follows(2) && follows(3) && !out_of_range ? 4 : 0;
}

// Control characters have no meaning in a page, and some are not allowed in it.
std::string EscapeCharacter(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20 ? std::string(1, c) : kReplacement;
  }
}

std::string Row(absl::string_view first_cell, const std::vector<std::string>& cells, absl::string_view other_cells) {
  std::string content;
  for (size_t i = 0; i < cells.size(); ++i) content += Element(i == 0 ? first_cell : other_cells, cells[i]);
  return Element("tr", content);
}

}  // namespace

std::string Escape(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    if (length == 0) {
      escaped += kReplacement;
    } else if (length == 1) {
      escaped += EscapeCharacter(text.front());
    } else {
      absl::StrAppend(&escaped, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

std::string Element(absl::string_view name, absl::string_view content, absl::string_view attributes) {
  return absl::StrCat("<", name, attributes.empty() ? "" : " ", attributes, ">", content, "</", name, ">");
}

std::string Table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::string body;
  for (const std::vector<std::string>& row : rows) absl::StrAppend(&body, Row("th", row, "td"), "\n");
  const std::string table = Element("table", Element("thead", Row("th", head, "th")) + "\n" + Element("tbody", body));
  return Element("div", table, R"(class="wide")") + "\n";
}

std::string Picture(absl::string_view png, int width, absl::string_view alternative) {
  return absl::StrCat("<img src=\"data:image/png;base64,", absl::Base64Escape(png), "\" width=\"", width, "\" alt=\"",
                      Escape(alternative), "\">\n");
}

std::string Page(absl::string_view title, absl::string_view style, absl::string_view body) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
      Escape(title), "</title>\n<style>", style, "</style>\n</head>\n<body>\n", body, "</body>\n</html>\n");
}

}  // namespace ebm::html

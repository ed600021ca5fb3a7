#include "model/offline/evaluation/html.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace ebm::html {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

// UTF-8 sequences that begin with a byte from first to last: their length, and the range of the second byte. Further
// bytes are from 0x80 to 0xBF.
struct WellFormed {
  unsigned char first;
  unsigned char last;
  size_t length;
  unsigned char second_lowest = 0x80;
  unsigned char second_highest = 0xBF;
};

// Unicode 15, table 3-7.
constexpr WellFormed kWellFormed[] = {
    {0x00, 0x7F, 1},              //
    {0xC2, 0xDF, 2},              //
    {0xE0, 0xE0, 3, 0xA0, 0xBF},  // below: overlong
    {0xE1, 0xEC, 3},              //
    {0xED, 0xED, 3, 0x80, 0x9F},  // above: surrogates
    {0xEE, 0xEF, 3},              //
    {0xF0, 0xF0, 4, 0x90, 0xBF},  // below: overlong
    {0xF1, 0xF3, 4},              //
    {0xF4, 0xF4, 4, 0x80, 0x8F},  // above: no code points
};

bool IsBetween(unsigned char byte, unsigned char lowest, unsigned char highest) {
  return lowest <= byte && byte <= highest;
}

// The length of the UTF-8 sequence at the beginning of `text`; 0: there is none.
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  for (const WellFormed& sequence : kWellFormed) {
    if (!IsBetween(byte(0), sequence.first, sequence.last)) continue;
    if (sequence.length == 1) return 1;
    bool whole = IsBetween(byte(1), sequence.second_lowest, sequence.second_highest);
    for (size_t i = 2; i < sequence.length; ++i) whole = whole && IsBetween(byte(i), 0x80, 0xBF);
    return whole ? sequence.length : 0;
  }
  return 0;
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

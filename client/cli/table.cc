#include "client/cli/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ebm::client {
namespace {

constexpr size_t kGap = 2;

// In UTF-8, every byte that does not have the form 10xxxxxx begins a code point.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Padding(std::string_view text, size_t width) { return std::string(width - Width(text), ' '); }

}  // namespace

Table::Table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void Table::AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

void Table::AddNote(std::string_view note) { notes_[rows_.size()].append(note).append("\n"); }

std::string Table::Text() const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], Width(row[column]));
    }
  }
  std::string text;
  for (size_t count = 1; count <= rows_.size(); ++count) {
    const auto& row = rows_[count - 1];
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      absl::StrAppend(&line, std::string(column == 0 ? 0 : kGap, ' '), Padding(row[column], widths[column]),
                      row[column]);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
    if (const auto note = notes_.find(count); note != notes_.end()) text += note->second;
  }
  return text;
}

void Listing::Add(std::string name, std::string value) { entries_.push_back({std::move(name), std::move(value)}); }

std::string Listing::Text() const {
  size_t width = 0;
  for (const Entry& entry : entries_) width = std::max(width, Width(entry.name));
  std::string text;
  for (const auto& [name, value] : entries_) {
    absl::StrAppend(&text, name, Padding(name, width + kGap), value, "\n");
  }
  return text;
}

}  // namespace ebm::client

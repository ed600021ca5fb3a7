// Numbers and words in aligned columns, for people.

#ifndef EBM_CLIENT_CLI_TABLE_H_
#define EBM_CLIENT_CLI_TABLE_H_

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ebm::client {

// Columns are as wide as their widest cell, right-aligned, with two blanks between them. Widths are counted in UTF-8
// code points.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // REQUIRES: as many cells as in the header.
  void AddRow(std::vector<std::string> cells);

  // A line of its own under the last row. It does not widen the columns.
  void AddNote(std::string_view note);

  // Every line ends in \n; no line ends in blanks.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::map<size_t, std::string> notes_;  // by the number of rows before them
};

// A list of names and values, one pair per line; the values are left-aligned.
class Listing {
 public:
  void Add(std::string name, std::string value);
  std::string Text() const;

 private:
  struct Entry {
    std::string name;
    std::string value;
  };
  std::vector<Entry> entries_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_TABLE_H_

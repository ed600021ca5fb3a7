// Numbers and words in aligned columns, for people.

#ifndef EBM_CLIENT_CLI_TABLE_H_
#define EBM_CLIENT_CLI_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace ebm::client {

// Columns are as wide as their widest cell, two blanks apart, aligned to the right. Width is counted in characters
// (UTF-8 code points).
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  // REQUIRES: as many cells as the header has.
  void AddRow(std::vector<std::string> cells);

  // Every line ends in \n; no line ends in blanks.
  std::string Text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Names and values below each other, the values aligned to the left.
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

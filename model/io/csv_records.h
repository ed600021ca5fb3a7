// The records of a CSV text, cell by cell (RFC 4180, with any separator).
//
// Records end in \n, \r\n or \r; blank lines are skipped, and blanks around a cell. A cell in double quotes may hold
// separators, line ends and, doubled, quotes.
//
// Errors: InvalidArgument with source and line (from 1) for a quote that is not closed or is followed by more text.

#ifndef EBM_MODEL_IO_CSV_RECORDS_H_
#define EBM_MODEL_IO_CSV_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

class CsvRecords {
 public:
  // text and source outlive the records.
  CsvRecords(absl::string_view text, char separator, absl::string_view source)
      : rest_(text), separator_(separator), source_(source) {}

  // Reads the next record; false if there is none.
  absl::StatusOr<bool> Next();

  // The record's; valid until the next call.
  const std::vector<absl::string_view>& cells() const { return cells_; }
  int64_t line() const { return line_; }            // its first, from 1
  absl::string_view rest() const { return rest_; }  // of the text, behind the record's line end

 private:
  void SkipBlankLines();
  void SkipBlanks();
  bool IsBlank(char c) const { return c == ' ' || (c == '\t' && separator_ != '\t'); }
  bool AtEndOfLine() const { return rest_.empty() || rest_.front() == '\n' || rest_.front() == '\r'; }
  void TakeLineEnd();
  void Take(size_t count);
  absl::Status TakeCell();
  absl::Status TakeQuoted();

  absl::string_view rest_;
  const char separator_;
  const absl::string_view source_;
  int64_t next_line_ = 1;
  int64_t line_ = 0;
  std::vector<absl::string_view> cells_;
  std::deque<std::string> unquoted_;  // cells whose text is not a part of the file's
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_RECORDS_H_

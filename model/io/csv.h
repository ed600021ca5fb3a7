// Tables as text: one row per line, values separated by commas, semicolons or tabs (csv_dialect.h), with or without a
// header line, cells in quotes or not (csv_records.h).
//
// The text is UTF-8. Numbers are in the syntax of C's strtod, with a decimal point; each becomes the nearest float32. A
// column with any cell that is neither a number nor missing (csv_cell.h) is a column of words. A last column without a
// name and without any text is that of separators at the lines' ends, and is left out.
//
// Errors: InvalidArgument with source, line and column (both counted from 1) and the cell: a row of another length than
// the first, more than kMostCsvColumns, a number that is not finite in float32, a column whose words are all numbers
// with commas, bytes that are not UTF-8; a header with a name that occurs twice; comments; blanks as separators; and a
// text without any row.

#ifndef EBM_MODEL_IO_CSV_H_
#define EBM_MODEL_IO_CSV_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/stored_array.h"

namespace ebm {

enum class CsvHeader { kAuto, kYes, kNo };
// "auto", "yes", "no".
std::map<std::string, CsvHeader> CsvHeaders();

struct CsvOptions {
  CsvHeader header = CsvHeader::kAuto;
  // The names of the columns that the table should have, for kAuto: a first line that mostly consists of them is a
  // header, and of others only one with words above numbers. Unset: not known.
  std::optional<std::vector<std::string>> names = {};
};

inline constexpr size_t kMostCsvColumns = 1 << 18;

// `source` names the text in errors. Allocates at most a small multiple of the text's size, and of kMostCsvColumns.
absl::StatusOr<StoredArray> ParseCsv(absl::string_view text, absl::string_view source, const CsvOptions& options = {});

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_H_

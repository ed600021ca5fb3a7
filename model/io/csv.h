// Tables as text: one row per line, values separated by commas, semicolons or tabs (csv_dialect.h), with or without a
// header line, cells in quotes or not (csv_records.h).
//
// Numbers are in the syntax of C's strtod, with a decimal point; each becomes the nearest float32. A column with any
// cell that is neither a number nor missing (csv_cell.h) is a column of words. A last column without a name and without
// any text is that of separators at the lines' ends, and is left out.
//
// Errors: InvalidArgument with source, line and column (both counted from 1) and the cell: a row of another length than
// the first, a number that is not finite in float32, a decimal comma; a header with a name that occurs twice; comments;
// blanks as separators; and a text without any row.

#ifndef EBM_MODEL_IO_CSV_H_
#define EBM_MODEL_IO_CSV_H_

#include <map>
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
  std::vector<std::string> names = {};  // a first line with one of these names is a header, for kAuto
};

// `source` names the text in errors. Allocates at most a small multiple of the text's size.
absl::StatusOr<StoredArray> ParseCsv(absl::string_view text, absl::string_view source, const CsvOptions& options = {});

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_H_

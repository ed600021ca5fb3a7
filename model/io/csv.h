// Comma-separated numbers, one row per line.
//
// Lines end in \n, \r\n or \r; blank lines and blanks around a number are skipped; there is no header line, no quoting
// and no comment. Numbers are in the syntax of C's strtod; each becomes the nearest float32.
//
// Errors: InvalidArgument with source, line and column (both counted from 1) and the cell: a row of another length than
// the first, an empty cell, a cell that is not a number (with a hint if the reason is a usual one, csv_hint.h) or not
// finite in float32; and a text without any row.

#ifndef EBM_MODEL_IO_CSV_H_
#define EBM_MODEL_IO_CSV_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"

namespace ebm {

// `source` names the text in errors. Allocates at most a small multiple of the text's size.
absl::StatusOr<MatrixBuffer> ParseCsv(absl::string_view text, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_H_

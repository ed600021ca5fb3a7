// How a CSV text is written: its separator, and whether its first record is a header.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_IO_CSV_DIALECT_H_
#define EBM_MODEL_IO_CSV_DIALECT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ebm {

// The one of tab, semicolon and comma that occurs equally often in the first lines, outside of quotes; the earlier of
// these if several do, the most frequent if none does.
char FindSeparator(absl::string_view text);

using CsvRecordTexts = std::vector<std::vector<std::string>>;

// Whether the first of some records is a header, told by its words above numbers. Errors: InvalidArgument if there are
// signs of both, since a row must not be lost.
absl::StatusOr<bool> HasWordsAboveNumbers(const CsvRecordTexts& records);

// The same, told also by words that their columns do not repeat, and by numbers that count the columns.
absl::StatusOr<bool> HasHeader(const CsvRecordTexts& records);

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_DIALECT_H_

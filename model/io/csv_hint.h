// Says why a line of a CSV file cannot be read, where the reason is a usual one.

#ifndef EBM_MODEL_IO_CSV_HINT_H_
#define EBM_MODEL_IO_CSV_HINT_H_

#include "absl/strings/string_view.h"

namespace ebm {

// line: one that has a cell which is not a number. Empty if nothing is known; otherwise it begins with "; ".
absl::string_view CsvHint(absl::string_view line);

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_HINT_H_

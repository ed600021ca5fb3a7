// What the text of a CSV cell is: nothing, a number or a word.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_IO_CSV_CELL_H_
#define EBM_MODEL_IO_CSV_CELL_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace ebm {

// Empty, ?, NA, N/A, NaN or null, in capitals or not.
bool IsMissing(absl::string_view cell);

// In the syntax of C's strtod, rounded to the nearest float32, which may be infinite. Unset if it is not a number.
std::optional<float> NumberOf(absl::string_view cell);

// Neither missing nor a number.
bool IsWord(absl::string_view cell);

// 5,1 or 1.234,56: digits with a comma in place of the decimal point.
bool HasDecimalComma(absl::string_view cell);

}  // namespace ebm

#endif  // EBM_MODEL_IO_CSV_CELL_H_

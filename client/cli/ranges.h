// Parsers for the two kinds of ranges that flags take. Errors: InvalidArgument with the flag's name, the text and the
// expected form.

#ifndef EBM_CLIENT_CLI_RANGES_H_
#define EBM_CLIENT_CLI_RANGES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/offline/data/digits.h"
#include "model/spec/model_spec.h"

namespace ebm::client {

// "FIRST:COUNT", or "FIRST" for one row. FIRST is at least 0, COUNT at least 1, and FIRST + COUNT at most `limit`.
absl::StatusOr<RowRange> ParseRowRange(absl::string_view flag, absl::string_view text, int64_t limit);

// "LOWER:UPPER", both finite, the first below the second.
absl::StatusOr<DataRange> ParseInterval(absl::string_view flag, absl::string_view text);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_RANGES_H_

// Checks of list sizes that the parts of a model spec share.
//
// Errors: InvalidArgument with the field, the value and the limit.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SPEC_SPEC_LIMITS_H_
#define EBM_MODEL_SPEC_SPEC_LIMITS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ebm {

inline constexpr int64_t kMaxWidth = 1 << 20;
// The most levels of a coordinate, values of a category and, for families that draw the class, classes.
inline constexpr int64_t kMaxLevels = 4096;

// Whether a list has 1 to `maximum` entries.
absl::Status CheckCount(absl::string_view field, size_t count, size_t maximum);

// Whether a list has 1 to `max_entries` sizes of 1 to kMaxWidth.
absl::Status CheckSizes(absl::string_view field, const std::vector<int64_t>& sizes, size_t max_entries);

absl::Status CheckHiddenWidths(const std::vector<int64_t>& widths);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_SPEC_LIMITS_H_

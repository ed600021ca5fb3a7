#include "model/spec/spec_limits.h"

#include "absl/strings/str_cat.h"

namespace ebm {

absl::Status CheckCount(absl::string_view field, size_t count, size_t maximum) {
  if (count >= 1 && count <= maximum) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " has ", count, " entries; 1 to ", maximum, " are allowed"));
}

absl::Status CheckSizes(absl::string_view field, const std::vector<int64_t>& sizes, size_t max_entries) {
  if (absl::Status status = CheckCount(field, sizes.size(), max_entries); !status.ok()) return status;
  for (const int64_t size : sizes) {
    if (size >= 1 && size <= kMaxWidth) continue;
    return absl::InvalidArgumentError(absl::StrCat(field, " holds ", size, "; 1 to ", kMaxWidth, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckHiddenWidths(const std::vector<int64_t>& widths) {
  constexpr size_t kMaxHiddenLayers = 64;
  return CheckSizes("hidden_widths", widths, kMaxHiddenLayers);
}

}  // namespace ebm

#include "model/core/model_spec.h"

#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ebm {
namespace {

constexpr size_t kMaxAxes = 4;
constexpr size_t kMaxHiddenLayers = 64;
constexpr int64_t kMaxWidth = 1 << 20;
constexpr size_t kMaxClasses = 65536;

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

absl::Status CheckLabels(const std::vector<std::string>& labels) {
  if (absl::Status status = CheckCount("class_labels", labels.size(), kMaxClasses); !status.ok()) return status;
  if (labels.size() < 2) return absl::InvalidArgumentError("class_labels has 1 entry; at least 2 are needed");
  std::set<absl::string_view> seen;
  for (const std::string& label : labels) {
    if (!seen.insert(label).second) {
      return absl::InvalidArgumentError(absl::StrCat("class_labels holds \"", label, "\" twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckUnits(const DataRange& range, const DataScaling& scaling) {
  const bool ordered = std::isfinite(range.minimum) && std::isfinite(range.maximum) && range.minimum < range.maximum;
  if (!ordered) {
    return absl::InvalidArgumentError(absl::StrCat("data_range is [", range.minimum, ", ", range.maximum,
                                                   "]; finite numbers in rising order are needed"));
  }
  if (!std::isfinite(scaling.scale) || scaling.scale == 0.0F || !std::isfinite(scaling.offset)) {
    return absl::InvalidArgumentError(absl::StrCat("scaling is ", scaling.scale, " * x + ", scaling.offset,
                                                   "; finite numbers and a scale other than 0 are needed"));
  }
  return absl::OkStatus();
}

// Weights and biases, stopping early once over the limit so that nothing can overflow.
int64_t CountParameters(const ModelSpec& spec) {
  int64_t total = 0;
  int64_t in = spec.dimension();
  std::vector<int64_t> widths = spec.hidden_widths;
  widths.push_back(spec.num_classes());
  for (const int64_t out : widths) {
    total += (in + 1) * out;
    if (total > ModelSpec::kMaxParameters) return total;
    in = out;
  }
  return total;
}

}  // namespace

int64_t ModelSpec::dimension() const {
  int64_t product = 1;
  for (const int64_t size : input_shape) product *= size;
  return product;
}

int64_t ModelSpec::num_classes() const { return static_cast<int64_t>(class_labels.size()); }

absl::Status ModelSpec::Validate() const {
  if (family.empty()) return absl::InvalidArgumentError("family is empty");
  if (absl::Status status = CheckSizes("input_shape", input_shape, kMaxAxes); !status.ok()) return status;
  int64_t product = 1;
  for (const int64_t size : input_shape) {
    product *= size;
    if (product > kMaxWidth) {
      return absl::InvalidArgumentError(absl::StrCat("input_shape has more than ", kMaxWidth, " coordinates"));
    }
  }
  if (absl::Status status = CheckSizes("hidden_widths", hidden_widths, kMaxHiddenLayers); !status.ok()) return status;
  if (absl::Status status = CheckLabels(class_labels); !status.ok()) return status;
  if (absl::Status status = CheckUnits(data_range, scaling); !status.ok()) return status;
  if (CountParameters(*this) > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the network has more than the ", kMaxParameters, " parameters allowed"));
  }
  return absl::OkStatus();
}

}  // namespace ebm

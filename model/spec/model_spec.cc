#include "model/spec/model_spec.h"

#include <cmath>
#include <set>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/spec/parameter_layout.h"
#include "model/spec/spec_limits.h"

namespace ebm {
namespace {

constexpr size_t kMaxAxes = 4;
constexpr size_t kMaxClasses = 65536;

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

absl::Status CheckBase(const ModelSpec& spec) {
  if (!std::isfinite(spec.data_step) || spec.data_step < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("data_step is ", spec.data_step, "; a finite number of at least 0 is needed"));
  }
  if (!spec.base.empty() && spec.base != kGaussianBase && spec.base != kClassGaussiansBase) {
    return absl::InvalidArgumentError(
        absl::StrCat("base is \"", spec.base, "\"; the known ones are: ", kGaussianBase, ", ", kClassGaussiansBase));
  }
  const float highest = spec.base == kClassGaussiansBase ? 1.0F : 0.0F;
  if (spec.base_evidence >= 0 && spec.base_evidence <= highest) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("base_evidence is ", spec.base_evidence, "; 0 to ", highest,
                                                 " is allowed for base \"", spec.base, "\""));
}

// Counts weights and biases; stops once the count is over the limit, so that nothing can overflow.
int64_t CountParameters(const ModelSpec& spec) {
  int64_t total = 0;
  for (const auto& layout : {ParameterLayout(spec), BaseLayout(spec)}) {
    for (const ParameterShape& parameter : layout) {
      total += parameter.count();
      if (total > ModelSpec::kMaxParameters) return total;
    }
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
  if (absl::Status status = CheckSizes("input_shape", input_shape, kMaxAxes); !status.ok()) return status;
  int64_t product = 1;
  for (const int64_t size : input_shape) {
    product *= size;
    if (product > kMaxWidth) {
      return absl::InvalidArgumentError(absl::StrCat("input_shape has more than ", kMaxWidth, " coordinates"));
    }
  }
  if (absl::Status status = CheckLabels(class_labels); !status.ok()) return status;
  const auto check_network = [this](const auto& n) { return CheckNetwork(n, *this); };
  if (absl::Status status = std::visit(check_network, network); !status.ok()) return status;
  if (absl::Status status = CheckUnits(data_range, scaling); !status.ok()) return status;
  if (absl::Status status = CheckBase(*this); !status.ok()) return status;
  if (CountParameters(*this) > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the network has more than the ", kMaxParameters, " parameters allowed"));
  }
  return absl::OkStatus();
}

}  // namespace ebm

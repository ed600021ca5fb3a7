#include "model/spec/model_spec.h"

#include <algorithm>
#include <limits>
#include <set>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/spec/parameter_layout.h"
#include "model/spec/spec_limits.h"

namespace ebm {
namespace {

constexpr size_t kMaxAxes = 4;
constexpr size_t kMaxClasses = 65536;

absl::Status CheckLabels(const std::vector<std::string>& labels) {
  if (absl::Status status = CheckCount("class_labels", labels.size(), kMaxClasses); !status.ok()) return status;
  std::set<absl::string_view> seen;
  for (const std::string& label : labels) {
    if (!seen.insert(label).second) {
      return absl::InvalidArgumentError(absl::StrCat("class_labels holds \"", label, "\" twice"));
    }
  }
  return absl::OkStatus();
}

// Whether the columns describe `values` values of a row.
absl::Status CheckColumns(const ModelSpec& spec, int64_t values) {
  std::set<absl::string_view> names;
  const int64_t inputs = spec.num_input_columns();
  if (inputs == 0 || values % inputs != 0) {
    return absl::InvalidArgumentError(absl::StrCat("columns has ", inputs, " inputs; input_shape has ", values,
                                                   " values, which is not a multiple of that"));
  }
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    const DataColumn& column = spec.columns[i];
    if (column.domain != DomainOf(spec.network)) {
      return absl::InvalidArgumentError(absl::StrCat(Describe(column, static_cast<int64_t>(i)),
                                                     " does not have the domain of family ", spec.family()));
    }
    EBM_RETURN_IF_ERROR(CheckColumn(column, static_cast<int64_t>(i)));
    if (!column.name.empty() && !names.insert(column.name).second) {
      return absl::InvalidArgumentError(absl::StrCat("columns holds \"", column.name, "\" twice"));
    }
    if (column.is_categorical() && inputs != values) {
      return absl::InvalidArgumentError(absl::StrCat(Describe(column, static_cast<int64_t>(i)), ": a ",
                                                     NameOf(column.kind), " column describes one value; there are ",
                                                     values, " values and ", inputs, " columns"));
    }
  }
  return absl::OkStatus();
}

bool IsKnownBase(const ModelSpec& spec) {
  if (DomainOf(spec.network) == Domain::kLevels) return spec.base == kIndependentBase;
  return spec.base.empty() || spec.base == kGaussianBase || spec.base == kClassGaussiansBase;
}

absl::Status CheckBase(const ModelSpec& spec) {
  if (!IsKnownBase(spec)) {
    const bool has_levels = DomainOf(spec.network) == Domain::kLevels;
    return absl::InvalidArgumentError(absl::StrCat(
        "base is \"", spec.base, "\"; those of family ", spec.family(),
        " are: ", has_levels ? std::string(kIndependentBase) : absl::StrCat(kGaussianBase, ", ", kClassGaussiansBase)));
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

int64_t ModelSpec::num_values() const {
  int64_t product = 1;
  for (const int64_t size : input_shape) product *= size;
  return product;
}

int64_t ModelSpec::num_input_columns() const { return std::ranges::count_if(columns, &DataColumn::is_input); }

int64_t ModelSpec::dimension() const {
  int64_t coordinates = 0;
  for (const DataColumn& column : columns) coordinates += column.coordinates();
  return num_values() / std::max<int64_t>(1, num_input_columns()) * coordinates;
}

void ModelSpec::UseDomainOfFamily() {
  for (DataColumn& column : columns) column.domain = DomainOf(network);
}

const DataColumn& ModelSpec::first_input() const { return *std::ranges::find_if(columns, &DataColumn::is_input); }

DataRange ModelSpec::data_range() const {
  DataRange all = {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
  for (const DataColumn& column : columns) {
    if (!column.is_input()) continue;
    all.minimum = std::min(all.minimum, column.range.minimum);
    all.maximum = std::max(all.maximum, column.range.maximum);
  }
  return all;
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
  EBM_RETURN_IF_ERROR(CheckColumns(*this, product));
  if (dimension() > kMaxWidth) {
    return absl::InvalidArgumentError(absl::StrCat("columns has more than ", kMaxWidth, " coordinates"));
  }
  if (absl::Status status = CheckLabels(class_labels); !status.ok()) return status;
  if (activation.empty() == HasActivation(network)) {
    return absl::InvalidArgumentError(absl::StrCat("activation is \"", activation, "\"; family ", family(), " has ",
                                                   HasActivation(network) ? "one" : "none"));
  }
  const auto check_network = [this](const auto& n) { return CheckNetwork(n, *this); };
  if (absl::Status status = std::visit(check_network, network); !status.ok()) return status;
  if (absl::Status status = CheckBase(*this); !status.ok()) return status;
  if (CountParameters(*this) > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the network has more than the ", kMaxParameters, " parameters allowed"));
  }
  return absl::OkStatus();
}

}  // namespace ebm

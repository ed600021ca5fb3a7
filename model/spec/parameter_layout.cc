#include "model/spec/parameter_layout.h"

#include <map>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "model/spec/indicators.h"

namespace ebm {
namespace {

using TensorsByName = std::map<std::string, const NamedTensor*>;

absl::StatusOr<TensorsByName> IndexByName(const std::vector<NamedTensor>& tensors) {
  TensorsByName by_name;
  for (const NamedTensor& tensor : tensors) {
    if (by_name.emplace(tensor.name, &tensor).second) continue;
    return absl::InvalidArgumentError(absl::StrCat("tensor ", tensor.name, " is given twice"));
  }
  return by_name;
}

absl::Status CheckShape(const NamedTensor& tensor, const ParameterShape& parameter) {
  if (tensor.shape != parameter.shape) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", tensor.name, " has shape [",
                                                   absl::StrJoin(tensor.shape, ", "), "]; the model needs [",
                                                   absl::StrJoin(parameter.shape, ", "), "]"));
  }
  if (tensor.values.size() == static_cast<size_t>(parameter.count())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("tensor ", tensor.name, " holds ", tensor.values.size(),
                                                 " values; its shape needs ", parameter.count()));
}

absl::StatusOr<const NamedTensor*> Take(TensorsByName& by_name, const ParameterShape& parameter) {
  const auto found = by_name.find(parameter.name);
  if (found == by_name.end()) return absl::InvalidArgumentError(absl::StrCat("tensor ", parameter.name, " is missing"));
  const NamedTensor* tensor = found->second;
  by_name.erase(found);
  EBM_RETURN_IF_ERROR(CheckShape(*tensor, parameter));
  return tensor;
}

// The tensors of `layout`, which `tensors` may hold together with those of `others`.
absl::StatusOr<std::vector<const NamedTensor*>> Find(const std::vector<ParameterShape>& layout,
                                                     const std::vector<ParameterShape>& others,
                                                     const std::vector<NamedTensor>& tensors) {
  EBM_ASSIGN_OR_RETURN(TensorsByName by_name, IndexByName(tensors));
  std::vector<const NamedTensor*> found;
  found.reserve(layout.size());
  for (const ParameterShape& parameter : layout) {
    EBM_ASSIGN_OR_RETURN(const NamedTensor* tensor, Take(by_name, parameter));
    found.push_back(tensor);
  }
  for (const ParameterShape& other : others) by_name.erase(other.name);
  if (by_name.empty()) return found;
  return absl::InvalidArgumentError(absl::StrCat("tensor ", by_name.begin()->first, " is not part of the model"));
}

}  // namespace

std::vector<ParameterShape> ParameterLayout(const ModelSpec& spec) {
  return std::visit([&spec](const auto& network) { return LayoutOf(network, spec); }, spec.network);
}

std::vector<ParameterShape> BaseLayout(const ModelSpec& spec) {
  if (spec.base.empty()) return {};
  if (spec.base == kIndependentBase) return {{.name = kBaseSiteLogits, .shape = {Indicators(spec).count()}}};
  const int64_t components = spec.base == kClassGaussiansBase ? spec.num_classes() : 1;
  const int64_t dimension = spec.dimension();
  return {{.name = kBaseLogWeights, .shape = {components}},
          {.name = kBaseMeans, .shape = {components, dimension}},
          {.name = kBaseWhitening, .shape = {components, dimension, dimension}}};
}

absl::StatusOr<std::vector<const NamedTensor*>> FindParameters(const ModelSpec& spec,
                                                               const std::vector<NamedTensor>& tensors) {
  return Find(ParameterLayout(spec), BaseLayout(spec), tensors);
}

absl::StatusOr<std::vector<const NamedTensor*>> FindBase(const ModelSpec& spec,
                                                         const std::vector<NamedTensor>& tensors) {
  return Find(BaseLayout(spec), ParameterLayout(spec), tensors);
}

}  // namespace ebm

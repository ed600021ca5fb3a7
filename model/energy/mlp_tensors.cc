#include "model/energy/mlp_tensors.h"

#include <functional>
#include <map>
#include <numeric>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

using TensorsByName = std::map<std::string, const NamedTensor*>;

absl::Status CheckShape(const NamedTensor& tensor, const std::vector<int64_t>& shape) {
  if (tensor.shape != shape) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", tensor.name, " has shape [",
                                                   absl::StrJoin(tensor.shape, ", "), "]; the model needs [",
                                                   absl::StrJoin(shape, ", "), "]"));
  }
  const int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  if (tensor.values.size() == static_cast<size_t>(count)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", tensor.name, " holds ", tensor.values.size(), " values; its shape needs ", count));
}

absl::StatusOr<const NamedTensor*> Take(TensorsByName& by_name, const std::string& name,
                                        const std::vector<int64_t>& shape) {
  const auto found = by_name.find(name);
  if (found == by_name.end()) return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " is missing"));
  const NamedTensor* tensor = found->second;
  by_name.erase(found);
  EBM_RETURN_IF_ERROR(CheckShape(*tensor, shape));
  return tensor;
}

absl::StatusOr<TensorsByName> IndexByName(const std::vector<NamedTensor>& tensors) {
  TensorsByName by_name;
  for (const NamedTensor& tensor : tensors) {
    if (by_name.emplace(tensor.name, &tensor).second) continue;
    return absl::InvalidArgumentError(absl::StrCat("tensor ", tensor.name, " is given twice"));
  }
  return by_name;
}

}  // namespace

std::vector<int64_t> MlpWidths(const ModelSpec& spec) {
  std::vector<int64_t> widths = {spec.dimension()};
  widths.insert(widths.end(), spec.hidden_widths.begin(), spec.hidden_widths.end());
  widths.push_back(spec.num_classes());
  return widths;
}

absl::StatusOr<std::vector<const NamedTensor*>> FindMlpTensors(const ModelSpec& spec,
                                                               const std::vector<NamedTensor>& tensors) {
  EBM_ASSIGN_OR_RETURN(TensorsByName by_name, IndexByName(tensors));
  const std::vector<int64_t> widths = MlpWidths(spec);
  std::vector<const NamedTensor*> found;
  for (size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    const std::string prefix = absl::StrCat("layers.", layer);
    EBM_ASSIGN_OR_RETURN(const NamedTensor* weight,
                         Take(by_name, prefix + ".weight", {widths[layer + 1], widths[layer]}));
    EBM_ASSIGN_OR_RETURN(const NamedTensor* bias, Take(by_name, prefix + ".bias", {widths[layer + 1]}));
    found.push_back(weight);
    found.push_back(bias);
  }
  if (by_name.empty()) return found;
  return absl::InvalidArgumentError(absl::StrCat("tensor ", by_name.begin()->first, " is not part of the model"));
}

}  // namespace ebm

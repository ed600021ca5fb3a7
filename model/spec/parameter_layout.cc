#include "model/spec/parameter_layout.h"

#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr int64_t kKernelSize = 3;

template <typename Iterator>
int64_t Product(Iterator begin, Iterator end) {
  return std::accumulate(begin, end, int64_t{1}, std::multiplies<>());
}

void AddLayer(const std::string& name, std::vector<int64_t> weight_shape, std::vector<ParameterShape>& layout) {
  const int64_t out = weight_shape.front();
  const int64_t fan_in = Product(weight_shape.begin() + 1, weight_shape.end());
  layout.push_back({.name = name + ".weight", .shape = std::move(weight_shape), .fan_in = fan_in});
  layout.push_back({.name = name + ".bias", .shape = {out}, .fan_in = fan_in});
}

std::vector<ParameterShape> MlpLayout(const ModelSpec& spec) {
  const std::vector<int64_t> widths = MlpWidths(spec);
  std::vector<ParameterShape> layout;
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    AddLayer(absl::StrCat("layers.", i), {widths[i + 1], widths[i]}, layout);
  }
  return layout;
}

std::vector<ParameterShape> ResidualLayout(const ModelSpec& spec) {
  std::vector<ParameterShape> layout;
  const int64_t stem_size = 2 * spec.stem_stride + 1;
  AddLayer("stem", {spec.hidden_widths.front(), ImageShapeOf(spec).channels, stem_size, stem_size}, layout);
  for (const ResidualBlock& block : ResidualBlocks(spec)) {
    AddLayer(block.name + ".conv1", {block.out, block.in, kKernelSize, kKernelSize}, layout);
    AddLayer(block.name + ".conv2", {block.out, block.out, kKernelSize, kKernelSize}, layout);
    if (block.projects) AddLayer(block.name + ".shortcut", {block.out, block.in, 1, 1}, layout);
  }
  AddLayer("head", {spec.num_classes(), spec.hidden_widths.back()}, layout);
  return layout;
}

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

int64_t ParameterShape::count() const { return Product(shape.begin(), shape.end()); }

absl::Status UnknownFamily(const ModelSpec& spec) {
  return absl::InvalidArgumentError(
      absl::StrCat("family is \"", spec.family, "\"; the known ones are: ", kJemMlp, ", ", kJemResnet));
}

std::vector<ParameterShape> ParameterLayout(const ModelSpec& spec) {
  if (spec.family == kJemMlp) return MlpLayout(spec);
  if (spec.family == kJemResnet) return ResidualLayout(spec);
  return {};
}

std::vector<ParameterShape> BaseLayout(const ModelSpec& spec) {
  if (spec.base.empty()) return {};
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

std::vector<int64_t> MlpWidths(const ModelSpec& spec) {
  std::vector<int64_t> widths = {spec.dimension()};
  widths.insert(widths.end(), spec.hidden_widths.begin(), spec.hidden_widths.end());
  widths.push_back(spec.num_classes());
  return widths;
}

bool HasImageShape(const ModelSpec& spec) { return spec.input_shape.size() == 2 || spec.input_shape.size() == 3; }

ImageShape ImageShapeOf(const ModelSpec& spec) {
  const std::vector<int64_t>& shape = spec.input_shape;
  if (shape.size() == 2) return {.channels = 1, .height = shape[0], .width = shape[1]};
  return {.channels = shape[0], .height = shape[1], .width = shape[2]};
}

std::vector<ResidualBlock> ResidualBlocks(const ModelSpec& spec) {
  std::vector<ResidualBlock> blocks;
  int64_t in = spec.hidden_widths.front();
  for (size_t group = 0; group < spec.hidden_widths.size(); ++group) {
    for (int64_t b = 0; b < spec.blocks_per_group; ++b) {
      const int64_t out = spec.hidden_widths[group];
      const int64_t stride = group > 0 && b == 0 ? 2 : 1;
      blocks.push_back({.name = absl::StrCat("groups.", group, ".blocks.", b),
                        .in = in,
                        .out = out,
                        .stride = stride,
                        .projects = stride != 1 || in != out});
      in = out;
    }
  }
  return blocks;
}

}  // namespace ebm

#include "model/networks/network.h"

#include <algorithm>
#include <variant>

#include "model/core/status_macros.h"
#include "model/networks/network_functions.h"
#include "model/spec/activation.h"

namespace ebm {
namespace {

at::Tensor ToTensor(const NamedTensor& named) {
  at::Tensor tensor = at::empty(named.shape, at::kFloat);
  std::ranges::copy(named.values, tensor.data_ptr<float>());
  return tensor;
}

absl::StatusOr<NetworkFunction> FunctionOf(const ModelSpec& spec) {
  Activation activation = Activation::kElu;
  if (HasActivation(spec.network)) {
    EBM_ASSIGN_OR_RETURN(activation, FindActivation(spec.activation));
  }
  return std::visit([&](const auto& network) { return MakeFunction(network, spec, activation); }, spec.network);
}

}  // namespace

absl::StatusOr<Network> Network::FromTensors(const ModelSpec& spec, const std::vector<NamedTensor>& tensors) {
  EBM_ASSIGN_OR_RETURN(NetworkFunction function, FunctionOf(spec));
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  std::vector<at::Tensor> parameters;
  parameters.reserve(found.size());
  for (const NamedTensor* tensor : found) parameters.push_back(ToTensor(*tensor));
  return Network(ParameterLayout(spec), std::move(function), std::move(parameters));
}

std::vector<NamedTensor> Network::ToTensors() const {
  std::vector<NamedTensor> tensors;
  tensors.reserve(layout_.size());
  for (size_t p = 0; p < layout_.size(); ++p) {
    const float* data = parameters_[p].const_data_ptr<float>();
    tensors.push_back({.name = layout_[p].name,
                       .shape = layout_[p].shape,
                       .values = std::vector<float>(data, data + parameters_[p].numel())});
  }
  return tensors;
}

void Network::SetParameters(const std::vector<std::span<const float>>& values) {
  for (size_t p = 0; p < values.size(); ++p) std::ranges::copy(values[p], parameters_[p].data_ptr<float>());
}

}  // namespace ebm

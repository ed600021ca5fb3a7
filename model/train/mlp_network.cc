#include "model/train/mlp_network.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/energy/mlp_tensors.h"

namespace ebm {
namespace {

at::Tensor ToTensor(const NamedTensor& named) {
  at::Tensor tensor = at::empty(named.shape, at::kFloat);
  std::ranges::copy(named.values, tensor.data_ptr<float>());
  return tensor;
}

NamedTensor ToNamed(const std::string& name, const at::Tensor& tensor) {
  const float* data = tensor.const_data_ptr<float>();
  return {.name = name, .shape = tensor.sizes().vec(), .values = std::vector<float>(data, data + tensor.numel())};
}

at::Tensor Activate(Activation activation, const at::Tensor& a) {
  switch (activation) {
    case Activation::kElu:
      return at::elu(a);
    case Activation::kSilu:
      return at::silu(a);
    case Activation::kRelu:
      return at::relu(a);
    case Activation::kSoftplus:
      return at::softplus(a);
    case Activation::kLeakyRelu:
      return at::leaky_relu(a, kLeakyReluSlope);
  }
  return a;
}

}  // namespace

absl::StatusOr<MlpNetwork> MlpNetwork::FromTensors(const ModelSpec& spec, const std::vector<NamedTensor>& tensors) {
  EBM_ASSIGN_OR_RETURN(const Activation activation, FindActivation(spec.activation));
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindMlpTensors(spec, tensors));
  std::vector<at::Tensor> parameters;
  parameters.reserve(found.size());
  for (const NamedTensor* tensor : found) parameters.push_back(ToTensor(*tensor));
  return MlpNetwork(activation, std::move(parameters));
}

std::vector<NamedTensor> MlpNetwork::ToTensors() const {
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    tensors.push_back(ToNamed(absl::StrCat("layers.", i / 2, i % 2 == 0 ? ".weight" : ".bias"), parameters_[i]));
  }
  return tensors;
}

at::Tensor MlpNetwork::Logits(const at::Tensor& x) const {
  at::Tensor h = x;
  for (size_t i = 0; i < parameters_.size(); i += 2) {
    if (i > 0) h = Activate(activation_, h);
    h = at::addmm(parameters_[i + 1], h, parameters_[i].t());
  }
  return h;
}

}  // namespace ebm

#include "model/energy/mlp_network.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ebm {
namespace {

absl::StatusOr<at::Tensor> Take(std::map<std::string, const NamedTensor*>& by_name, const std::string& name,
                                const std::vector<int64_t>& shape) {
  const auto found = by_name.find(name);
  if (found == by_name.end()) return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " is missing"));
  const NamedTensor& tensor = *found->second;
  by_name.erase(found);
  if (tensor.shape != shape) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " has shape [", absl::StrJoin(tensor.shape, ", "),
                                                   "]; the model needs [", absl::StrJoin(shape, ", "), "]"));
  }
  at::Tensor result = at::empty(shape, at::kFloat);
  std::ranges::copy(tensor.values, result.data_ptr<float>());
  return result;
}

NamedTensor Give(const std::string& name, const at::Tensor& tensor) {
  const float* data = tensor.const_data_ptr<float>();
  return {.name = name, .shape = tensor.sizes().vec(), .values = std::vector<float>(data, data + tensor.numel())};
}

}  // namespace

absl::StatusOr<MlpNetwork> MlpNetwork::FromTensors(const ModelSpec& spec, const std::vector<NamedTensor>& tensors) {
  std::map<std::string, const NamedTensor*> by_name;
  for (const NamedTensor& tensor : tensors) by_name[tensor.name] = &tensor;
  std::vector<int64_t> widths = spec.hidden_widths;
  widths.push_back(spec.num_classes());

  std::vector<at::Tensor> weights;
  std::vector<at::Tensor> biases;
  int64_t in = spec.dimension();
  for (size_t layer = 0; layer < widths.size(); ++layer) {
    absl::StatusOr<at::Tensor> weight = Take(by_name, absl::StrCat("layers.", layer, ".weight"), {widths[layer], in});
    if (!weight.ok()) return weight.status();
    absl::StatusOr<at::Tensor> bias = Take(by_name, absl::StrCat("layers.", layer, ".bias"), {widths[layer]});
    if (!bias.ok()) return bias.status();
    weights.push_back(*std::move(weight));
    biases.push_back(*std::move(bias));
    in = widths[layer];
  }
  if (!by_name.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", by_name.begin()->first, " is not part of the model"));
  }
  return MlpNetwork(std::move(weights), std::move(biases));
}

std::vector<NamedTensor> MlpNetwork::ToTensors() const {
  std::vector<NamedTensor> tensors;
  for (size_t layer = 0; layer < weights_.size(); ++layer) {
    tensors.push_back(Give(absl::StrCat("layers.", layer, ".weight"), weights_[layer]));
    tensors.push_back(Give(absl::StrCat("layers.", layer, ".bias"), biases_[layer]));
  }
  return tensors;
}

std::vector<at::Tensor> MlpNetwork::Parameters() const {
  std::vector<at::Tensor> parameters;
  for (size_t layer = 0; layer < weights_.size(); ++layer) {
    parameters.push_back(weights_[layer]);
    parameters.push_back(biases_[layer]);
  }
  return parameters;
}

at::Tensor MlpNetwork::Logits(const at::Tensor& x) const {
  std::vector<at::Tensor> hidden;
  return Logits(x, hidden);
}

at::Tensor MlpNetwork::Logits(const at::Tensor& x, std::vector<at::Tensor>& hidden) const {
  at::Tensor h = x;
  for (size_t layer = 0; layer + 1 < weights_.size(); ++layer) {
    h = at::elu(at::addmm(biases_[layer], h, weights_[layer].t()));
    hidden.push_back(h);
  }
  return at::addmm(biases_.back(), h, weights_.back().t());
}

at::Tensor MlpNetwork::PullBack(at::Tensor v, const std::vector<at::Tensor>& hidden) const {
  for (size_t layer = weights_.size() - 1; layer > 0; --layer) {
    v = at::elu_backward(v.mm(weights_[layer]), /*alpha=*/1, /*scale=*/1, /*input_scale=*/1, /*is_result=*/true,
                         hidden[layer - 1]);
  }
  return v.mm(weights_.front());
}

}  // namespace ebm

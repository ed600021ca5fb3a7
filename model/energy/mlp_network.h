// The weights of a multilayer perceptron as LibTorch tensors, and its passes. Only .cc files of model/energy and
// model/train include this header: nothing else sees LibTorch.
//
//   h_0 = x,   a_i = h_{i-1} W_i^T + b_i,   h_i = ELU(a_i) for hidden i,   f(x) = a_L
//
// x: [n, D], W_i: [out, in], b_i: [out], f: [n, K]. ELU(a) = a for a > 0, exp(a) - 1 otherwise, so that its derivative
// is h + 1 on the negative side and 1 on the positive.
//
// Threads: const passes may run at once; whoever writes the weights in place (an optimiser) must be alone.

#ifndef EBM_MODEL_ENERGY_MLP_NETWORK_H_
#define EBM_MODEL_ENERGY_MLP_NETWORK_H_

#include <ATen/ATen.h>

#include <vector>

#include "absl/status/statusor.h"
#include "model/core/model_spec.h"
#include "model/core/named_tensor.h"

namespace ebm {

class MlpNetwork {
 public:
  // Checks every tensor's name (layers.{i}.weight, layers.{i}.bias) and shape against the spec; the weights are copied.
  static absl::StatusOr<MlpNetwork> FromTensors(const ModelSpec& spec, const std::vector<NamedTensor>& tensors);

  std::vector<NamedTensor> ToTensors() const;

  int64_t num_layers() const { return static_cast<int64_t>(weights_.size()); }
  int64_t dimension() const { return weights_.front().size(1); }
  int64_t num_classes() const { return weights_.back().size(0); }

  // weight 0, bias 0, weight 1, ...: handles on the live storage.
  std::vector<at::Tensor> Parameters() const;

  // f(x): [n, K]. Differentiable by autograd where the parameters are.
  at::Tensor Logits(const at::Tensor& x) const;

  // f(x) and, for the pass back, the hidden activations h_1 .. h_{L-1}.
  at::Tensor Logits(const at::Tensor& x, std::vector<at::Tensor>& hidden) const;

  // The vector-Jacobian product v^T df/dx: [n, D], for v: [n, K] and the activations of the pass forward. Layer by
  // layer from the last, v <- (v W_i) * ELU'(a_{i-1}).
  at::Tensor PullBack(at::Tensor v, const std::vector<at::Tensor>& hidden) const;

 private:
  MlpNetwork(std::vector<at::Tensor> weights, std::vector<at::Tensor> biases)
      : weights_(std::move(weights)), biases_(std::move(biases)) {}

  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> biases_;
};

}  // namespace ebm

#endif  // EBM_MODEL_ENERGY_MLP_NETWORK_H_

// The weights of a multilayer perceptron as LibTorch tensors, for the gradient of a loss in them by autograd. Only .cc
// files of model/train include this header.
//
//   h_0 = x,   a_i = h_{i-1} W_i^T + b_i,   h_i = act(a_i) for hidden i,   f(x) = a_L
//
// x: [n, D], W_i: [out, in], b_i: [out], f: [n, K].
//
// Threads: const passes may run at once; whoever writes the weights in place (an optimiser) must be alone.

#ifndef EBM_MODEL_TRAIN_MLP_NETWORK_H_
#define EBM_MODEL_TRAIN_MLP_NETWORK_H_

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/activation.h"
#include "model/core/model_spec.h"
#include "model/core/named_tensor.h"

namespace ebm {

class MlpNetwork {
 public:
  // The weights are copied. Errors: those of FindActivation and FindMlpTensors.
  static absl::StatusOr<MlpNetwork> FromTensors(const ModelSpec& spec, const std::vector<NamedTensor>& tensors);

  std::vector<NamedTensor> ToTensors() const;

  // weight 0, bias 0, weight 1, ...: handles on the live storage.
  const std::vector<at::Tensor>& parameters() const { return parameters_; }

  // f(x): [n, K]. Differentiable by autograd where the parameters are.
  at::Tensor Logits(const at::Tensor& x) const;

 private:
  MlpNetwork(Activation activation, std::vector<at::Tensor> parameters)
      : activation_(activation), parameters_(std::move(parameters)) {}

  Activation activation_;
  std::vector<at::Tensor> parameters_;
};

}  // namespace ebm

#endif  // EBM_MODEL_TRAIN_MLP_NETWORK_H_

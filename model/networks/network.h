// A classifier's network f: R^D -> R^K on LibTorch tensors: autograd differentiates it in x for the gradient of the log
// density (model/energy), and in the parameters for training (model/offline/train). Only .cc files and LibTorch's own
// side of those folders include this header.
//
// x: [n, D], scaled units; f(x): [n, K].
//
// Threads: const methods may run concurrently; nothing else may run while the parameters are written in place.

#ifndef EBM_MODEL_NETWORKS_NETWORK_H_
#define EBM_MODEL_NETWORKS_NETWORK_H_

#include <ATen/ATen.h>

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/spec/model_spec.h"
#include "model/spec/parameter_layout.h"

namespace ebm {

// f(x) from the parameters, in the order of ParameterLayout.
using NetworkFunction = std::function<at::Tensor(const std::vector<at::Tensor>& parameters, const at::Tensor& x)>;

class Network {
 public:
  // The parameters are copied. REQUIRES: a spec that passes Validate. Errors: InvalidArgument, an unknown family, and
  // those of FindActivation and FindParameters.
  static absl::StatusOr<Network> FromTensors(const ModelSpec& spec, const std::vector<NamedTensor>& tensors);

  std::vector<NamedTensor> ToTensors() const;

  // Handles on the live storage, in the order of ParameterLayout.
  const std::vector<at::Tensor>& parameters() const { return parameters_; }

  // values: as parameters(), flattened.
  void SetParameters(const std::vector<std::span<const float>>& values);

  at::Tensor Logits(const at::Tensor& x) const { return function_(parameters_, x); }
  // The same with other parameters.
  at::Tensor Logits(const std::vector<at::Tensor>& parameters, const at::Tensor& x) const {
    return function_(parameters, x);
  }

 private:
  Network(std::vector<ParameterShape> layout, NetworkFunction function, std::vector<at::Tensor> parameters)
      : layout_(std::move(layout)), function_(std::move(function)), parameters_(std::move(parameters)) {}

  std::vector<ParameterShape> layout_;
  NetworkFunction function_;
  std::vector<at::Tensor> parameters_;
};

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_NETWORK_H_

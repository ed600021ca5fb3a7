// Converts the float views of the interfaces to LibTorch tensors. As network.h, only for code that uses LibTorch.

#ifndef EBM_MODEL_NETWORKS_TENSOR_IMPORT_H_
#define EBM_MODEL_NETWORKS_TENSOR_IMPORT_H_

#include <ATen/ATen.h>

#include <algorithm>

#include "model/core/matrix_view.h"

namespace ebm {

// A copy in LibTorch's own aligned memory: the matrix products round differently for differently aligned inputs, and
// equal rows must give equal bits wherever the caller keeps them.
inline at::Tensor ImportTensor(ConstMatrix x) {
  at::Tensor tensor = at::empty({x.rows(), x.cols()}, at::kFloat);
  std::ranges::copy(x.values(), tensor.data_ptr<float>());
  return tensor;
}

}  // namespace ebm

#endif  // EBM_MODEL_NETWORKS_TENSOR_IMPORT_H_

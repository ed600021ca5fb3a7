#include "model/offline/train/base_moments.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

at::Tensor Doubles(const NamedTensor& tensor) {
  return at::tensor(at::ArrayRef<float>(tensor.values), at::kFloat).view(tensor.shape).to(at::kDouble);
}

std::vector<double> ValuesOf(const at::Tensor& tensor) {
  const at::Tensor values = tensor.contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

}  // namespace

// The covariance of a component is V V^T with V the inverse of its whitening matrix.
BaseMoments MomentsOfBase(const std::vector<NamedTensor>& tensors) {
  const auto find = [&tensors](const char* name) { return std::ranges::find(tensors, name, &NamedTensor::name); };
  const auto log_weights = find(kBaseLogWeights);
  if (log_weights == tensors.end()) return {};
  const at::Tensor weights = Doubles(*log_weights).softmax(0).unsqueeze(1);                     // [C, 1]
  const at::Tensor means = Doubles(*find(kBaseMeans));                                          // [C, D]
  const at::Tensor variances = at::linalg_inv(Doubles(*find(kBaseWhitening))).square().sum(2);  // [C, D]
  const at::Tensor mean = (weights * means).sum(0);
  const at::Tensor variance = (weights * (variances + (means - mean).square())).sum(0);
  return {.means = ValuesOf(mean), .variances = ValuesOf(variance)};
}

}  // namespace ebm

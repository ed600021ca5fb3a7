// The mean and the variance of every coordinate under a Gaussian base density (model/base/gaussian_base.h), from the
// tensors of a checkpoint.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_OFFLINE_TRAIN_BASE_MOMENTS_H_
#define EBM_MODEL_OFFLINE_TRAIN_BASE_MOMENTS_H_

#include <vector>

#include "model/core/named_tensor.h"

namespace ebm {

struct BaseMoments {
  std::vector<double> means;      // [D]
  std::vector<double> variances;  // [D]
};

// Empty if the tensors have no Gaussian base.
BaseMoments MomentsOfBase(const std::vector<NamedTensor>& tensors);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_BASE_MOMENTS_H_

// Fitting a base density to training rows.
//
// Independent levels (model/base/independent_base.h): the share of each level, with half a row added to its count, so
// that no level has probability 0 (Krichevsky & Trofimov 1981, IEEE Transactions on Information Theory 27).
//
// Gaussians (model/base/gaussian_base.h): maximum-likelihood Gaussians, with the
// shrinkage that gives held-out rows the highest likelihood.
//
//   S_c = (1 - a) S_c^ML + a S_pooled + (r v + s^2 / 12) I
//
// with S_pooled the classes' mean covariance weighted by their rows, v the mean variance of a coordinate, and s the
// data's step in scaled units, so that s^2 / 12 is what dequantisation adds (model_spec.h). The pooling a and the ridge
// r are those of the largest mean ln b(x) over dequantised validation rows (Friedman 1989, "Regularized discriminant
// analysis", JASA 84, with likelihood in place of the error rate).
//
// Threads: reentrant; LibTorch computes on one (process_settings.h).

#ifndef EBM_MODEL_OFFLINE_TRAIN_BASE_FIT_H_
#define EBM_MODEL_OFFLINE_TRAIN_BASE_FIT_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/io/labelled_data.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct BaseFit {
  std::vector<NamedTensor> tensors;   // those of BaseLayout; empty for a spec without a base
  double pooling = 0;                 // a
  double ridge = 0;                   // r
  double validation_log_density = 0;  // mean ln b(x), nats
};

// Rows are in scaled units. The seed keys the dequantisation. Errors: InvalidArgument if none of the shrinkages tried
// makes every covariance positive definite.
absl::StatusOr<BaseFit> FitBase(const ModelSpec& spec, const LabelledData& train, const LabelledData& validation,
                                uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_BASE_FIT_H_

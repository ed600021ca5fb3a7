// ln Z of a restricted Boltzmann machine (model/energy/rbm.h), exactly: the sum over all states of its hidden units,
//
//   Z = sum_h exp(c . h) prod_i sum_l exp(l_i(b + W h)) sum_y exp(d_y + U_y . h)
//
// with one term per level of coordinate i, level 0 of two having the logit 0. In double precision. Successive h differ
// in one unit (a Gray code), so that b + W h changes by one row of W^T.
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_EXACT_LOG_Z_H_
#define EBM_MODEL_OFFLINE_PARTITION_EXACT_LOG_Z_H_

#include <vector>

#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/offline/partition/progress_meter.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The number of exponentials that the sum takes; infinite for a model of another family.
double ExactWork(const ModelSpec& spec);

// Ten seconds or so on a core, and the most that is accepted: some hours.
inline constexpr double kCheapExactWork = 1LL << 31;
inline constexpr double kMostExactWork = 1LL << 42;

// Errors: FailedPrecondition for a model whose work is above kMostExactWork, or whose Z is not finite; those of
// FindParameters; Cancelled.
absl::StatusOr<double> ExactLogZ(const ModelSpec& spec, const std::vector<NamedTensor>& tensors, int threads,
                                 const AnnealingCallbacks& callbacks);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_EXACT_LOG_Z_H_

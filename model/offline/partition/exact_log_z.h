// ln Z of a Boltzmann machine, exactly and in double precision: the sum over all states of the hidden units of a
// restricted one (hidden_state.h), and over all states of one without hidden units (site_state.h) or, where that takes
// less, by variable elimination (model/offline/bounds/elimination.h).
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

// About the number of exponentials that the sum takes, or what takes as long; infinite for a model of another family.
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

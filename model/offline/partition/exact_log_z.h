// ln Z of a Boltzmann machine, exactly and in double precision: the sum over all states of the hidden units of a
// restricted one (hidden_state.h), and over all states of one without hidden units (site_state.h) or, where that takes
// less, by variable elimination (model/offline/bounds/elimination.h).
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_EXACT_LOG_Z_H_
#define EBM_MODEL_OFFLINE_PARTITION_EXACT_LOG_Z_H_

#include <functional>
#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/offline/bounds/elimination_plan.h"
#include "model/offline/partition/progress_meter.h"
#include "model/spec/model_spec.h"

namespace ebm {

// How the sum is found. Work is the number of exponentials, or what takes as long; infinite where there is no such way.
struct ExactPlan {
  double work() const;  // of the way that takes less

  double states_work = std::numeric_limits<double>::infinity();
  double elimination_work = std::numeric_limits<double>::infinity();
  EliminationPlan elimination = {};
};

// For a model of any family. Errors: Cancelled; stop_requested may be empty.
absl::StatusOr<ExactPlan> PlanExactLogZ(const ModelSpec& spec, const std::function<bool()>& stop_requested);

// Ten seconds or so on a core, and the most that is accepted: some hours.
inline constexpr double kCheapExactWork = 1LL << 31;
inline constexpr double kMostExactWork = 1LL << 42;

// plan: of `spec`. Errors: FailedPrecondition for a model whose work is above kMostExactWork, or whose Z is not finite;
// those of FindParameters; Cancelled.
absl::StatusOr<double> ExactLogZ(const ExactPlan& plan, const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                 int threads, const AnnealingCallbacks& callbacks);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_EXACT_LOG_Z_H_

// All bounds on ln Z of a pairwise model, and what lies between them: for a table that shows how they compare.
//
//   maximum               <=  ln Z   the largest ln p~
//   perturb and MAP low   <=  ln Z   in expectation; less three standard errors of its mean
//   mean field            <=  ln Z
//   exact                  =  ln Z   by elimination on narrow graphs
//   Bethe                  ~  ln Z   no bound
//   tree-reweighted       >=  ln Z
//   perturb and MAP up    >=  ln Z   in expectation; plus three standard errors of its mean
//
// A bound that cannot be had has the reason in its place. Nats. Deterministic, on any number of threads.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_BOUNDS_H_
#define EBM_MODEL_OFFLINE_BOUNDS_BOUNDS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/offline/bounds/pairwise_model.h"
#include "model/offline/bounds/perturb_and_map.h"

namespace ebm {

enum class BoundKind { kLower, kExact, kApproximation, kUpper };
const char* NameOf(BoundKind kind);  // "lower", "exact", "approximation" or "upper"

struct Bound {
  std::string method;  // "mean_field", ...
  BoundKind kind = BoundKind::kLower;
  absl::StatusOr<double> value;               // nats, with the standard errors; or why there is none
  std::optional<double> standard_error = {};  // of a mean over draws
};

struct Bounds {
  std::vector<Bound> all;  // lower bounds, exact, approximations, upper bounds

  // The bound of this kind that tells most; null if there is none.
  const Bound* Best(BoundKind kind) const;
};

// Errors: Cancelled.
absl::StatusOr<Bounds> ComputeBounds(const PairwiseModel& model, const PerturbationOptions& options);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_BOUNDS_H_

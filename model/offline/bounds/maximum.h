// The maximum of ln p~ of a pairwise model over all states, exactly: by variable elimination on narrow graphs
// (elimination.h), and otherwise over the states of a few sites without which no edge is left, since the others then
// take the sign of their field (the smaller layer of a restricted Boltzmann machine).
//
// Deterministic; double precision; nats. Threads: immutable.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_MAXIMUM_H_
#define EBM_MODEL_OFFLINE_BOUNDS_MAXIMUM_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/pairwise_model.h"

namespace ebm {

class MaximumSolver {
 public:
  // Errors: FailedPrecondition where neither way takes fewer than kMostMaximumWork operations. The graph is that of all
  // models that the solver is then used for.
  static absl::StatusOr<MaximumSolver> Create(const PairwiseModel& model);

  // REQUIRES: a model of the same graph.
  double Maximum(const PairwiseModel& model) const;

  double work() const { return work_; }  // operations, about

 private:
  MaximumSolver() = default;

  double MaximumOverStates(const PairwiseModel& model) const;

  EliminationPlan plan_;
  std::vector<int64_t> enumerated_;  // the sites whose states are enumerated; empty: elimination
  std::vector<int64_t> free_;        // the others
  std::vector<std::vector<int64_t>> edges_of_;
  double work_ = 0;
};

inline constexpr double kMostMaximumWork = 1e9;

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_MAXIMUM_H_

// The maximum of ln p~ of a pairwise model over all states, exactly: by variable elimination on narrow graphs
// (elimination.h), and otherwise over the states of a few sites without which no edge is left, since the others then
// take the sign of their field (the smaller layer of a restricted Boltzmann machine).
//
// Deterministic; double precision; nats. Threads: immutable; the model is borrowed.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_MAXIMUM_H_
#define EBM_MODEL_OFFLINE_BOUNDS_MAXIMUM_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/bounds/elimination_plan.h"
#include "model/offline/bounds/pairwise_model.h"

namespace ebm {

class MaximumSolver {
 public:
  // plan: of the model's graph, complete or not. Errors: FailedPrecondition where neither way takes fewer than
  // kMostMaximumWork operations.
  static absl::StatusOr<MaximumSolver> Create(const PairwiseModel& model, const EliminationPlan& plan);

  // The maximum for the model with `fields`, [n], in place of its own. Errors: Cancelled.
  absl::StatusOr<double> Maximum(std::span<const double> fields, const std::function<bool()>& stop_requested) const;

  double work() const { return work_; }  // operations, about

 private:
  explicit MaximumSolver(const PairwiseModel& model) : model_(&model) {}

  absl::StatusOr<double> MaximumOverStates(std::span<const double> fields, const WorkCount& count) const;

  const PairwiseModel* model_;
  EliminationPlan plan_;
  bool eliminates_ = false;
  std::vector<int64_t> enumerated_;  // the sites whose states are enumerated otherwise
  std::vector<int64_t> free_;        // the others
  std::vector<std::vector<int64_t>> edges_of_;
  double work_ = 0;
};

inline constexpr double kMostMaximumWork = 1e9;

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_MAXIMUM_H_

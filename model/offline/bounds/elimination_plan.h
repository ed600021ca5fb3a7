// The order in which the sites of a graph are eliminated (elimination.h). Each site leaves together with its edges, and
// its neighbours are neighbours of each other from then on. The order is that of least fill: next comes the site that
// joins the fewest pairs.
//
// Deterministic. Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_PLAN_H_
#define EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_PLAN_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/bounds/work_count.h"
#include "model/spec/boltzmann_spec.h"

namespace ebm {

struct EliminationStep {
  int64_t site = 0;
  std::vector<int64_t> neighbours;  // that are left, rising
};

struct EliminationPlan {
  std::vector<EliminationStep> steps;
  int64_t width = 0;                                      // the most sites of a table; it has 2^width entries
  double work = std::numeric_limits<double>::infinity();  // operations; infinite: the plan is not complete
};

inline constexpr int64_t kMaxEliminationWidth = 24;

// The plan is not complete where a table would have more than kMaxEliminationWidth sites, where tables would take more
// than 2 GiB, or if `count` answers with ResourceExhausted. Errors: any other of `count`.
absl::StatusOr<EliminationPlan> PlanElimination(int64_t sites, const std::vector<Edge>& edges, const WorkCount& count);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_PLAN_H_

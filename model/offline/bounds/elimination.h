// ln Z and the maximum of ln p~ of a pairwise model, exactly, by variable elimination (Dechter 1999, "Bucket
// elimination", Artificial Intelligence 113): sites are summed, or maximised, out one after the other, each together
// with all of its neighbours (elimination_plan.h).
//
// It is cheap on graphs that are narrow, such as chains, trees and small grids. Double precision, nats. Deterministic.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_H_
#define EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_H_

#include <span>

#include "absl/status/statusor.h"
#include "model/offline/bounds/elimination_plan.h"
#include "model/offline/bounds/pairwise_model.h"
#include "model/offline/bounds/work_count.h"

namespace ebm {

// `count` is told the operations before they are done, plan.work at most in all. REQUIRES: a complete plan for the
// model's graph. Errors: those of `count`.
absl::StatusOr<double> LogZByElimination(const PairwiseModel& model, const EliminationPlan& plan,
                                         const WorkCount& count);

// The same for the largest ln p~, with `fields`, [n], in place of the model's.
absl::StatusOr<double> MaximumByElimination(const PairwiseModel& model, std::span<const double> fields,
                                            const EliminationPlan& plan, const WorkCount& count);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_H_

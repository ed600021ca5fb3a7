// ln Z and the maximum of ln p~ of a pairwise model, exactly, by variable elimination (Dechter 1999, "Bucket
// elimination", Artificial Intelligence 113): sites are summed, or maximised, out one after the other, each together
// with all of its neighbours, which are neighbours of each other from then on. The order is that of least fill: next
// comes the site that joins the fewest pairs.
//
// It is cheap on graphs that are narrow, such as chains, trees and small grids. Double precision, nats. Deterministic.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_H_
#define EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_H_

#include <cstdint>
#include <vector>

#include "model/offline/bounds/pairwise_model.h"

namespace ebm {

struct EliminationPlan {
  std::vector<int64_t> order;
  int64_t width = 0;  // the most sites of a table; it has 2^width entries
  double work = 0;    // the entries of all tables; infinite if width is above kMaxEliminationWidth
};

inline constexpr int64_t kMaxEliminationWidth = 24;

EliminationPlan PlanElimination(int64_t sites, const std::vector<Edge>& edges);

// REQUIRES: a plan for the model's graph whose work is finite.
double LogZByElimination(const PairwiseModel& model, const EliminationPlan& plan);
double MaximumByElimination(const PairwiseModel& model, const EliminationPlan& plan);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_ELIMINATION_H_

// The tree-reweighted upper bound on ln Z of a pairwise model (belief_propagation.h), at the edge probabilities of
// uniformly drawn spanning trees, and at better ones: Frank-Wolfe steps on the bound's convex dependence on rho,
//
//   rho <- rho + 2 / (k + 8) (1_tree - rho),   tree = the spanning tree with the largest sum of I(b_ij)
//
// since the bound's derivative in rho_e is -I(b_ij). Every rho on the way belongs to a distribution over trees, so that
// every value is a bound; the least counts. Deterministic; nats.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_TREE_BOUND_H_
#define EBM_MODEL_OFFLINE_BOUNDS_TREE_BOUND_H_

#include "absl/status/statusor.h"
#include "model/offline/bounds/pairwise_model.h"
#include "model/offline/bounds/work_count.h"

namespace ebm {

struct TreeBound {
  double uniform = 0;  // nats
  double best = 0;     // not above it
  int steps = 0;       // that were taken
};

// The steps end early where messages no longer settle, and where `count` answers with ResourceExhausted. Errors:
// FailedPrecondition for too many sites, and where messages do not settle at the uniform probabilities; those of
// `count` there, and any other of them.
absl::StatusOr<TreeBound> TreeReweightedBound(const PairwiseModel& model, const WorkCount& count);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_TREE_BOUND_H_

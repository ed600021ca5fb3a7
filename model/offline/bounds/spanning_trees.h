// Edge probabilities of distributions over the spanning trees of a graph (over spanning forests, if it is not
// connected): the rho of the tree-reweighted bound (belief_propagation.h).
//
// Under uniformly drawn spanning trees, an edge has the effective resistance between its ends in the network of unit
// conductances, R_ii + R_jj - 2 R_ij with R the inverse of the graph's Laplacian without one site of each component.
// These probabilities sum to n less the number of components. Double precision.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_SPANNING_TREES_H_
#define EBM_MODEL_OFFLINE_BOUNDS_SPANNING_TREES_H_

#include <cstdint>
#include <vector>

#include "model/spec/boltzmann_spec.h"

namespace ebm {

// The inverse takes n^3 operations.
inline constexpr int64_t kMostSitesOfTrees = 2048;

// [edges]. REQUIRES: at most kMostSitesOfTrees sites.
std::vector<double> UniformTreeProbabilities(int64_t sites, const std::vector<Edge>& edges);

// 1 for the edges of a spanning tree with the largest sum of weights, 0 for the others, [edges].
std::vector<double> LargestSpanningTree(int64_t sites, const std::vector<Edge>& edges,
                                        const std::vector<double>& weights);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_SPANNING_TREES_H_

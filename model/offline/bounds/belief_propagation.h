// Loopy belief propagation on a pairwise model, reweighted by edge probabilities rho_e in (0, 1] (Wainwright, Jaakkola
// & Willsky 2005, "A new class of upper bounds on the log partition function", IEEE Transactions on Information Theory
// 51). With rho = 1 the value at the fixed point is Bethe's approximation of ln Z, which is no bound in general; with
// the probabilities of a distribution over spanning trees it is an upper bound.
//
//   theta_i = h_i + sum_k rho_ki u_{k->i}
//   u_{i->j} <- atanh(tanh(J_ij / rho_ij) tanh(theta_i - u_{j->i}))
//   b_i(s) prop. to exp(s theta_i)
//   b_ij(s, t) prop. to exp(J_ij s t / rho_ij + s (theta_i - u_{j->i}) + t (theta_j - u_{i->j}))
//   ln Z(rho) = C + sum_i h_i <s_i> + sum_e J_e <s_i s_j> + sum_i S(b_i) - sum_e rho_e I(b_ij)
//
// All messages of a round follow from those before it, damped: u <- d u + (1 - d) u_new, with d from 1/2 up to 0.99
// as long as the changes do not fall. Double precision, nats.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_BELIEF_PROPAGATION_H_
#define EBM_MODEL_OFFLINE_BOUNDS_BELIEF_PROPAGATION_H_

#include <array>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/bounds/pairwise_model.h"
#include "model/offline/bounds/work_count.h"

namespace ebm {

// u of both directions of every edge, [edges]: from its first end to the second, and back.
using EdgeMessages = std::vector<std::array<double, 2>>;

struct Beliefs {
  double value = 0;                 // ln Z(rho), nats
  std::vector<double> information;  // I(b_ij) of each edge, nats
  EdgeMessages messages;            // the fixed point
  int rounds = 0;
};

// Operations of the bounds that messages give, a minute or two.
inline constexpr double kMostMessageWork = 6e10;

// rho: [edges], above 0. start: messages to begin with; empty: all are 0. Errors: FailedPrecondition with the rounds
// and the last change if the messages do not settle, or the beliefs of edges and sites disagree: the value would mean
// nothing; those of `count`.
absl::StatusOr<Beliefs> PropagateBeliefs(const PairwiseModel& model, const std::vector<double>& rho, EdgeMessages start,
                                         const WorkCount& count);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_BELIEF_PROPAGATION_H_

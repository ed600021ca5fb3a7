// A model of spins with pairwise couplings, what bounds of ln Z are computed for:
//
//   ln p~(s) = C + sum_i h_i s_i + sum over edges (i, j) of J_ij s_i s_j,   s in {-1, 1}^n
//
// Boltzmann machines are such models, with or without hidden units (model/energy/boltzmann_machine.h, rbm.h), as long
// as all coordinates have two levels and there are no classes. Of a restricted one, spins 0 to D - 1 are the
// coordinates and D to D + H - 1 the hidden units. Double precision, nats.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_PAIRWISE_MODEL_H_
#define EBM_MODEL_OFFLINE_BOUNDS_PAIRWISE_MODEL_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/spec/boltzmann_spec.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct PairwiseModel {
  int64_t sites() const { return std::ssize(fields); }  // n

  double constant = 0;            // C
  std::vector<double> fields;     // h, [n]
  std::vector<Edge> edges;        // each once
  std::vector<double> couplings;  // J, [edges]
};

// Errors: FailedPrecondition, naming why, for a model that is not pairwise; those of FindParameters.
absl::StatusOr<PairwiseModel> PairwiseModelOf(const ModelSpec& spec, const std::vector<NamedTensor>& tensors);

// The edges of each site, [n], by their index.
std::vector<std::vector<int64_t>> EdgesOfSites(const PairwiseModel& model);

inline int64_t OtherEnd(const Edge& edge, int64_t site) { return edge[0] == site ? edge[1] : edge[0]; }

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_PAIRWISE_MODEL_H_

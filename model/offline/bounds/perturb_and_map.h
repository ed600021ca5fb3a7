// Perturb-and-MAP bounds on ln Z of a pairwise model (Hazan & Jaakkola 2012, "On the partition function and random
// maximum a-posteriori perturbations", ICML): with independent logistic noise eps_i on the spins' fields,
//
//   E max_s [ln p~(s) + sum_i eps_i s_i / 2]  >=  ln Z  >=  E max_s [ln p~(s) + (1 / n) sum_i eps_i s_i / 2]
//
// The maxima are exact (maximum.h). The means over draws have the control variate sum_i m_i eps_i / 2, of mean 0, with
// m the means of the mean-field solution.
//
// Draw d has the open Uniform draw u of {seed, kPerturbation, chain d + 2^16, step i}, eps_i = ln u - ln(1 - u).
// Deterministic, on any number of threads. Nats.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_BOUNDS_PERTURB_AND_MAP_H_
#define EBM_MODEL_OFFLINE_BOUNDS_PERTURB_AND_MAP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/pairwise_model.h"

namespace ebm {

struct MeanOverDraws {
  double mean = 0;            // nats
  double standard_error = 0;  // of the mean
};

struct PerturbationOptions {
  int draws = 1000;
  uint64_t seed = 0;
  int threads = 1;
  std::function<bool()> stop_requested = {};
};

struct PerturbationBounds {
  MeanOverDraws upper;
  MeanOverDraws lower;
};

// means: m, [n]. Errors: Cancelled.
absl::StatusOr<PerturbationBounds> PerturbAndMap(const PairwiseModel& model, const MaximumSolver& solver,
                                                 const std::vector<double>& means, const PerturbationOptions& options);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_BOUNDS_PERTURB_AND_MAP_H_

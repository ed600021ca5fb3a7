// ln Z of a model, by annealed importance sampling in both directions (annealed_run.h). ln Z = ln of the integral of
// p~(x), x in scaled units, over all x or over the box of a uniform base; nats.
//
// A pilot run (pilot.h) chooses the path and the step sizes. Models of levels have a path and moves of their own
// (gibbs_run.h), and ln Z is then that of a sum over all x. Then
//
//   forward   n exact draws from b, annealed to p~:    ln Z_f = ln mean w
//   samples   n of the forward run's end states, resampled by weight, moved by further steps at beta = 1
//   reverse   these, annealed back to b:               ln Z_r = -ln mean w
//
// The guarantees, for any n and T: E[mean w] = Z forward, since b is normalised; by Jensen E[ln Z_f] <= ln Z, and by
// Markov ln Z_f > ln Z + a with probability below exp(-a). If the reverse chains began with exact draws from p,
// E[ln Z_r] >= ln Z likewise: the two would bracket ln Z (Grosse, Ghahramani & Adams 2015, "Sandwiching the marginal
// likelihood using bidirectional Monte Carlo", arXiv:1511.02543). In practice they do so only approximately: resampled
// states follow p only as n grows, and further steps can mix them within a mode, but hardly move them to a mode that no
// forward chain has found. Such a mode is missing from both runs, which then agree without it. So a large gap proves an
// estimate bad; a small one is strong evidence that it is good, not proof. Resampled chains also share ancestors, so
// the standard error of ln Z_r, which assumes independent chains, is somewhat too small.
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_ESTIMATOR_H_
#define EBM_MODEL_OFFLINE_PARTITION_ESTIMATOR_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/annealing/annealing_path.h"
#include "model/base/uniform_base.h"
#include "model/core/energy_model.h"
#include "model/offline/partition/chain_weights.h"
#include "model/offline/partition/progress_meter.h"

namespace ebm {

enum class BetaSpacing {
  kEqualLength,  // from the pilot run: every step adds equally to the variance of ln w
  kLinear,
  kGeometric  // from kFirstGeometricBeta
};
inline constexpr double kFirstGeometricBeta = 1e-4;

struct PartitionOptions {
  int64_t first_chain = 0;  // above 0 for a part of an estimate (chain_weights.h)
  int64_t chains = 1000;
  std::optional<int64_t> steps;  // per chain and direction; unset: ChooseSteps
  double wanted_variance = 0.25;
  int64_t max_steps = 200000;  // the most that ChooseSteps returns
  BetaSpacing spacing = BetaSpacing::kEqualLength;
  uint64_t seed = 0;
  int threads = 1;
  Box box;  // chains stay inside; for a uniform base, that base's box
};

// The number of steps T for which Var ln w is about wanted_variance. If chains hardly move, many more steps barely
// reduce that variance. So the fewest steps for a variance of kMostVariance (an effective sample size of about a third
// of the chains) are returned instead if they need less than half the work for the same standard error, by T (exp(Var
// ln w) - 1). Errors: FailedPrecondition if max_steps is too small for either.
absl::StatusOr<int64_t> ChooseSteps(const AnnealingProfile& profile, const PartitionOptions& options);
inline constexpr double kMostVariance = 1;

// Runs the chains first_chain to first_chain + chains - 1. Errors: InvalidArgument naming an option with its value and
// limit; FailedPrecondition for a model with neither a gradient nor block conditionals, a density that is not finite at
// a chain's state, or a base too far from the model for the pilot run (pilot.h) or for max_steps; Cancelled.
absl::StatusOr<ChainWeights> WeighChains(const EnergyModel& model, const BaseDensity& base,
                                         const PartitionOptions& options, const AnnealingCallbacks& callbacks);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_ESTIMATOR_H_

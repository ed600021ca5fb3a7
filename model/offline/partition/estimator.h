// ln Z of a model, by annealed importance sampling in both directions (annealed_run.h). ln Z = ln of the integral of
// p~(x), x in scaled units, over all x or over the box of a uniform base; nats.
//
// A pilot run (pilot.h) chooses the path and the step sizes. Then
//
//   forward   n exact draws from b, annealed to p~:    ln Z_f = ln mean w
//   samples   n of the forward run's end states, resampled by weight, moved by Metropolis steps at beta = 1
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

#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/annealing/annealing_path.h"
#include "model/annealing/importance_weights.h"
#include "model/base/uniform_base.h"
#include "model/core/energy_model.h"
#include "model/offline/partition/progress_meter.h"

namespace ebm {

enum class BetaSpacing {
  kEqualLength,  // from the pilot run: every step adds equally to the variance of ln w
  kLinear,
  kGeometric  // from kFirstGeometricBeta
};
inline constexpr double kFirstGeometricBeta = 1e-4;

struct PartitionOptions {
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

struct PartitionResult {
  WeightSummary forward;  // log_mean is ln Z_f
  WeightSummary reverse;  // log_mean is ln Z_r
  int64_t chains = 0;
  int64_t steps = 0;

  double acceptance = 0;  // fraction of the forward run's steps
  double length = 0;      // L of the path (annealing_path.h)

  double gap() const { return reverse.log_mean - forward.log_mean; }
  // The standard error of the estimate ln Z_f: that of the forward weights, combined with half of the gap. When weights
  // are as skewed as CheckClaim allows, the runs that pass it are often those that by chance lack the heaviest weights:
  // their ln Z_f is too low and the spread of their weights too small. The reverse run errs in the other direction, so
  // the gap shows it (tests/model/offline/partition measures the coverage of the intervals).
  double standard_error() const { return std::hypot(forward.standard_error, gap() / 2); }
  // 95 % interval for ln Z.
  double lower() const { return forward.log_mean - kNormal95 * standard_error(); }
  double upper() const { return forward.log_mean + kNormal95 * standard_error(); }
  double gap_standard_error() const { return std::hypot(forward.standard_error, reverse.standard_error); }

  static constexpr double kNormal95 = 1.959964;
};

// Errors: InvalidArgument naming an option with its value and limit; FailedPrecondition for a model without a gradient,
// a density that is not finite at a chain's state, or a base too far from the model for the pilot run (pilot.h) or for
// max_steps; Cancelled.
absl::StatusOr<PartitionResult> EstimatePartition(const EnergyModel& model, const BaseDensity& base,
                                                  const PartitionOptions& options, const AnnealingCallbacks& callbacks);

// Limits beyond which a result must not be reported as an estimate. An effective sample size of 100 corresponds to a
// standard error of about 0.1 nat; with less, too few weights contribute to the mean for its interval to be valid.
// Below 5 % of the chains, the weights are so skewed that their spread is under-estimated, and the effective sample
// size over-estimated. A gap that the noise of the two runs does not explain proves an estimate bad, however small the
// standard errors are: with exact draws at both ends, one run in 2,000 would show a gap of 3.5 standard errors by
// chance.
struct ClaimLimits {
  double least_effective_sample_size = 100;
  double least_effective_fraction = 0.05;  // of the chains
  double max_gap = 3.5;                    // |forward - reverse|, in standard errors of that difference

  double EffectiveSampleFloor(int64_t chains) const;
};

// FailedPrecondition with the figures that are beyond the limits.
absl::Status CheckClaim(const PartitionResult& result, const ClaimLimits& limits);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_ESTIMATOR_H_

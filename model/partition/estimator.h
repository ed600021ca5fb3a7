// ln Z of a model, by annealed importance sampling both ways (annealed_run.h). ln Z = ln of the integral of p~(x), x in
// scaled units, over all x or over the box of a uniform base; nats.
//
// A pilot run (pilot.h) chooses path and step sizes. Then
//
//   forward   n exact draws from b, annealed to p~:    ln Z_f = ln mean w
//   samples   n of the forward run's end states, resampled by weight, move on by Metropolis steps at beta = 1
//   reverse   these, annealed back to b:               ln Z_r = -ln mean w
//
// What is guaranteed, for any n and T: E[mean w] = Z forward, since b is normalised; by Jensen E[ln Z_f] <= ln Z, and
// by Markov ln Z_f > ln Z + a with probability below exp(-a). If the reverse chains began with exact draws from p,
// E[ln Z_r] >= ln Z likewise: the two would hold ln Z between them (Grosse, Ghahramani & Adams 2015, "Sandwiching the
// marginal likelihood using bidirectional Monte Carlo", arXiv:1511.02543). They do not quite: resampled states have the
// law p only as n grows, and further steps can mix them within a mode, but hardly bring them to one that no forward
// chain has found. Such a mode is missing from both ends, and the sandwich closes without it. So a gap is proof of a
// bad estimate; a closed one is strong evidence, not proof. Resampled chains also share ancestors, so that ln Z_r's
// standard error, which takes them as independent, is somewhat small.
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_PARTITION_ESTIMATOR_H_
#define EBM_MODEL_PARTITION_ESTIMATOR_H_

#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/partition/annealing_path.h"
#include "model/partition/importance_weights.h"
#include "model/partition/progress_meter.h"
#include "model/partition/uniform_base.h"

namespace ebm {

enum class BetaSpacing {
  kEqualLength,  // by the pilot: every step adds the same to the variance of ln w
  kLinear,
  kGeometric  // from kFirstGeometricBeta
};
inline constexpr double kFirstGeometricBeta = 1e-4;

struct PartitionOptions {
  int64_t chains = 1000;
  std::optional<int64_t> steps;  // of each chain, one way; unset: ChooseSteps
  double wanted_variance = 0.25;
  int64_t max_steps = 200000;  // that may be chosen so
  BetaSpacing spacing = BetaSpacing::kEqualLength;
  uint64_t seed = 0;
  int threads = 1;
  Box box;  // chains stay inside; of a uniform base, its own
};

// So many that Var ln w is about wanted_variance. But where chains hardly move, many more steps make the weights little
// more even: where the fewest that leave a variance of kMostVariance, an effective sample size of some third of the
// chains, are half the work or less for the same standard error, T (exp(Var ln w) - 1), it is those. Errors:
// FailedPrecondition where max_steps are too few for either.
absl::StatusOr<int64_t> ChooseSteps(const AnnealingProfile& profile, const PartitionOptions& options);
inline constexpr double kMostVariance = 1;

struct PartitionResult {
  WeightSummary forward;  // log_mean is ln Z_f
  WeightSummary reverse;  // log_mean is ln Z_r
  int64_t chains = 0;
  int64_t steps = 0;
  double acceptance = 0;  // of the forward run's steps
  double length = 0;      // of the path (annealing_path.h)

  double gap() const { return reverse.log_mean - forward.log_mean; }
  // Of ln Z_f, the estimate: the forward weights' own, and half of the gap. Where weights are as skewed as CheckClaim
  // allows, those that it lets pass are the lucky ones, which lack the heaviest weights: too low, and with too small a
  // spread. The reverse run errs to the other side and tells (tests/model/partition measures what intervals cover).
  double standard_error() const { return std::hypot(forward.standard_error, gap() / 2); }
  // 95 % interval for ln Z.
  double lower() const { return forward.log_mean - kNormal95 * standard_error(); }
  double upper() const { return forward.log_mean + kNormal95 * standard_error(); }
  double gap_standard_error() const { return std::hypot(forward.standard_error, reverse.standard_error); }

  static constexpr double kNormal95 = 1.959964;
};

// Errors: InvalidArgument, an option with its value and limit; FailedPrecondition, a model without a gradient, a
// density that is not finite where chains are, or a base too far off to get from (pilot.h), or by max_steps; Cancelled.
absl::StatusOr<PartitionResult> EstimatePartition(const EnergyModel& model, const BaseDensity& base,
                                                  const PartitionOptions& options, const AnnealingCallbacks& callbacks);

// When a result is no estimate. An effective sample size of 100 is a standard error of about 0.1 nat: above it the
// figures that the interval stands on are those of a mean. Below 5 % of the chains the weights are so skewed that their
// own spread, and so the effective size itself, is under-estimated. A gap that the two runs' own noise does not explain
// is proof of a bad estimate, however small the errors: from exact draws at both ends one run in 2,000 would show a gap
// of 3.5 standard errors by chance.
struct ClaimLimits {
  double least_effective_sample_size = 100;
  double least_effective_fraction = 0.05;  // of the chains
  double max_gap = 3.5;                    // between forward and reverse, either way; in standard errors of it

  double EffectiveSampleFloor(int64_t chains) const;
};

// FailedPrecondition with the figures where the result must not be claimed.
absl::Status CheckClaim(const PartitionResult& result, const ClaimLimits& limits);

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_ESTIMATOR_H_

// What the chains of an estimate of ln Z, or of a part of it, weigh (annealed_run.h), and the estimate from them.
//
// An estimate of n chains can be divided over processes and machines: parts with the same model, base, seed, path and
// options, and with consecutive ranges of chains, are joined afterwards. The forward chains of all parts are those of
// one run of n chains, bit for bit; so is ln Z_f. The reverse chains of a part begin at states that were resampled from
// the forward chains of that part alone, so ln Z_r differs from that of one run: it has the same expectation if the
// starts are exact draws from p, and a little more of the bias of resampling, since each part has fewer states to
// choose from.
//
// Threads: values and free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_PARTITION_CHAIN_WEIGHTS_H_
#define EBM_MODEL_OFFLINE_PARTITION_CHAIN_WEIGHTS_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/annealing/annealing_path.h"
#include "model/annealing/importance_weights.h"

namespace ebm {

struct ChainWeights {
  int64_t first_chain = 0;
  std::vector<double> forward;  // [n], ln w from the base to the model; the mean of w is Z
  std::vector<double> reverse;  // [n], ln w from the model to the base; the mean of w is 1 / Z
  AnnealingPath path;           // of the forward run
  double acceptance = 0;        // fraction of the forward run's steps
  double length = 0;            // L of the path (annealing_path.h)

  int64_t chains() const { return static_cast<int64_t>(forward.size()); }
};

// The chains of all parts, by rising number. Errors: InvalidArgument if there is no part, if the parts do not have one
// path, or if their chains are not 0 to n - 1, each once.
absl::StatusOr<ChainWeights> JoinParts(std::vector<ChainWeights> parts);

struct PartitionResult {
  WeightSummary forward;  // log_mean is ln Z_f
  WeightSummary reverse;  // log_mean is ln Z_r
  int64_t chains = 0;
  int64_t steps = 0;

  double acceptance = 0;  // fraction of the forward run's steps
  double length = 0;      // L of the path

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

// REQUIRES: two chains or more.
PartitionResult ResultOf(const ChainWeights& weights);

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

#endif  // EBM_MODEL_OFFLINE_PARTITION_CHAIN_WEIGHTS_H_

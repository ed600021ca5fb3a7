#include "model/offline/partition/chain_weights.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"

namespace ebm {
namespace {

bool IsSamePath(const AnnealingPath& a, const AnnealingPath& b) {
  return a.betas == b.betas && a.step_sizes == b.step_sizes;
}

std::string EffectiveSizeProblem(const char* which, const WeightSummary& summary, double floor) {
  if (summary.effective_sample_size >= floor) return "";
  return absl::StrFormat("; the %s run's effective sample size is %.1f, below the limit of %.0f", which,
                         summary.effective_sample_size, floor);
}

}  // namespace

absl::StatusOr<ChainWeights> JoinParts(std::vector<ChainWeights> parts) {
  if (parts.empty()) return absl::InvalidArgumentError("there is no part to join");
  std::ranges::sort(parts, {}, &ChainWeights::first_chain);
  ChainWeights joined{.path = parts.front().path, .length = parts.front().length};
  double accepted = 0;
  for (const ChainWeights& part : parts) {
    if (part.first_chain != joined.chains()) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the parts before chain %d end with chain %d: %s", part.first_chain, joined.chains() - 1,
          part.first_chain > joined.chains() ? "a part is missing" : "two parts have chains in common"));
    }
    if (!IsSamePath(part.path, joined.path)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the part that begins with chain %d has another annealing path than the first one; --steps and --schedule "
          "must be equal, and so must be the last bit of what the processors compute",
          part.first_chain));
    }
    joined.forward.insert(joined.forward.end(), part.forward.begin(), part.forward.end());
    joined.reverse.insert(joined.reverse.end(), part.reverse.begin(), part.reverse.end());
    accepted += part.acceptance * static_cast<double>(part.chains());
  }
  joined.acceptance = accepted / static_cast<double>(joined.chains());
  return joined;
}

PartitionResult ResultOf(const ChainWeights& weights) {
  PartitionResult result{.forward = Summarise(weights.forward),
                         .reverse = Summarise(weights.reverse),
                         .chains = weights.chains(),
                         .steps = weights.path.steps(),
                         .acceptance = weights.acceptance,
                         .length = weights.length};
  result.reverse.log_mean = -result.reverse.log_mean;
  return result;
}

double ClaimLimits::EffectiveSampleFloor(int64_t chains) const {
  return std::max(least_effective_sample_size, least_effective_fraction * static_cast<double>(chains));
}

absl::Status CheckClaim(const PartitionResult& result, const ClaimLimits& limits) {
  const double floor = limits.EffectiveSampleFloor(result.chains);
  std::string problems = EffectiveSizeProblem("forward", result.forward, floor);
  problems += EffectiveSizeProblem("reverse", result.reverse, floor);
  const double widest = limits.max_gap * result.gap_standard_error();
  if (!(std::abs(result.gap()) <= widest)) {
    absl::StrAppendFormat(&problems, "; forward and reverse are %.3f nats apart, above the limit of %.3f",
                          std::abs(result.gap()), widest);
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("no estimate of ln Z: %d chains of %d steps gave %.3f forward and %.3f reverse%s", result.chains,
                      result.steps, result.forward.log_mean, result.reverse.log_mean, problems));
}

}  // namespace ebm

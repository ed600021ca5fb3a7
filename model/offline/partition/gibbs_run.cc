#include "model/offline/partition/gibbs_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr int64_t kFirstPilotSteps = 32;
// With a variance below this, it falls as 1 / T.
constexpr double kSmallVariance = 1;
constexpr int64_t kPilotGrowth = 4;

struct GibbsSlice {
  Matrix states;
  std::span<double> log_weights;
  uint32_t first_chain = 0;
};

absl::Status AnnealGibbsSlice(const PathConditionals& model, const AnnealingPath& path, uint64_t seed,
                              ProgressMeter& meter, GibbsSlice slice) {
  const int64_t rows = slice.states.rows();
  std::vector<double> densities(static_cast<size_t>(2 * rows));
  std::vector<float> log_density(static_cast<size_t>(rows));
  std::vector<SweepSettings> sweeps(static_cast<size_t>(rows));
  for (int64_t t = 1; t <= path.steps(); ++t) {
    const std::array<double, 2> betas = {path.betas[t - 1], path.betas[t]};
    model.LogDensityAlong(slice.states, betas, densities);
    for (int64_t row = 0; row < rows; ++row) {
      slice.log_weights[row] += densities[2 * row + 1] - densities[2 * row];
      if (!std::isfinite(slice.log_weights[row])) {
        return absl::FailedPreconditionError(
            absl::StrFormat("ln p~ or ln b of chain %d is not finite at beta %g", slice.first_chain + row, betas[0]));
      }
      sweeps[row] = {.seed = seed,
                     .chain = slice.first_chain + static_cast<uint32_t>(row),
                     .step = static_cast<uint32_t>(t),
                     .beta = static_cast<float>(path.betas[t])};
    }
    if (t < path.steps()) model.Sweep(sweeps, slice.states, log_density);
    EBM_RETURN_IF_ERROR(meter.Advance(static_cast<double>(rows)));
  }
  return absl::OkStatus();
}

AnnealingPath LinearPath(int64_t steps) {
  return {.betas = LinearBetas(steps), .step_sizes = std::vector<float>(static_cast<size_t>(steps) + 1, 1.0F)};
}

}  // namespace

double LogWeightVariance(const AnnealedRun& run) {
  const auto n = static_cast<double>(run.log_weights.size());
  double mean = 0;
  for (const double value : run.log_weights) mean += value / n;
  double squares = 0;
  for (const double value : run.log_weights) squares += (value - mean) * (value - mean);
  return squares / (n - 1);
}

absl::StatusOr<AnnealedRun> AnnealByGibbs(const PathConditionals& model, const AnnealingPath& path, ChainStarts starts,
                                          int threads, ProgressMeter& meter) {
  const int64_t n = starts.states.rows();
  AnnealedRun run{.states = std::move(starts.states), .log_weights = std::vector<double>(n), .acceptance = 1};
  std::vector<absl::Status> statuses(CountSlices(n));
  ForEachSlice(n, threads, [&](int64_t slice, int64_t first, int64_t count) {
    statuses[slice] = AnnealGibbsSlice(model, path, starts.seed, meter,
                                       {.states = run.states.view().rows_from(first, count),
                                        .log_weights = std::span(run.log_weights).subspan(first, count),
                                        .first_chain = starts.first_chain + static_cast<uint32_t>(first)});
  });
  for (const absl::Status& status : statuses) EBM_RETURN_IF_ERROR(status);
  return run;
}

absl::StatusOr<int64_t> ChooseGibbsSteps(const PathConditionals& model, const BaseDensity& base,
                                         const GibbsPilotOptions& options, const AnnealingCallbacks& callbacks) {
  for (int64_t steps = kFirstPilotSteps;; steps *= kPilotGrowth) {
    ProgressMeter meter(callbacks, AnnealingStage::kPilot, static_cast<double>(steps * options.chains));
    MatrixBuffer draws(options.chains, base.dimension());
    base.Draw(options.seed, 0, kNoClass, draws.view());
    EBM_ASSIGN_OR_RETURN(
        const AnnealedRun run,
        AnnealByGibbs(model, LinearPath(steps), {options.seed, 0, std::move(draws)}, options.threads, meter));
    const double variance = LogWeightVariance(run);
    const double needed = static_cast<double>(steps) * variance / options.wanted_variance;
    if (variance <= kSmallVariance && needed <= static_cast<double>(options.max_steps)) {
      return std::max<int64_t>(1, std::llround(needed));
    }
    if (steps * kPilotGrowth > options.max_steps) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "the base is too far from the model: with %d steps, the variance of the log weights is %.3g, which is above "
          "the wanted %g, and the limit is %d steps",
          steps, variance, options.wanted_variance, options.max_steps));
    }
  }
}

}  // namespace ebm

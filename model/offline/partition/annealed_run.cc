#include "model/offline/partition/annealed_run.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"
#include "model/core/row_slices.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

// A slice of the chains: its rows of the run's states and weights.
struct Slice {
  Matrix states;
  std::span<double> log_weights;
  uint32_t first_chain = 0;
  int64_t accepted = 0;
};

absl::Status AnnealSlice(const Bridge& bridge, const AnnealingPath& path, uint64_t seed, ProgressMeter& meter,
                         Slice& slice) {
  AnnealedChains chains(bridge, seed, slice.first_chain, slice.states);
  if (!chains.valid()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("ln p~ or ln b is not finite at the start of a chain from %d to %d, at beta %g",
                        slice.first_chain, slice.first_chain + chains.rows() - 1, path.betas.front()));
  }
  for (int64_t t = 1; t <= path.steps(); ++t) {
    const double change = path.betas[t] - path.betas[t - 1];
    for (int64_t row = 0; row < chains.rows(); ++row) slice.log_weights[row] += change * chains.log_ratio(row);
    if (t < path.steps()) {
      chains.MoveTo(path.betas[t], path.step_sizes[t]);
      slice.accepted += chains.Step();
    }
    EBM_RETURN_IF_ERROR(meter.Advance(static_cast<double>(chains.rows())));
  }
  std::ranges::copy(chains.states().values(), slice.states.values().begin());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AnnealedRun> Anneal(const Bridge& bridge, const AnnealingPath& path, ChainStarts starts, int threads,
                                   ProgressMeter& meter) {
  const int64_t n = starts.states.rows();
  AnnealedRun run{.states = std::move(starts.states), .log_weights = std::vector<double>(n)};
  std::vector<absl::Status> statuses(CountSlices(n));
  std::vector<int64_t> accepted(CountSlices(n));
  ForEachSlice(n, threads, [&](int64_t slice, int64_t first, int64_t count) {
    Slice part{.states = run.states.view().rows_from(first, count),
               .log_weights = std::span(run.log_weights).subspan(first, count),
               .first_chain = starts.first_chain + static_cast<uint32_t>(first)};
    statuses[slice] = AnnealSlice(bridge, path, starts.seed, meter, part);
    accepted[slice] = part.accepted;
  });
  for (const absl::Status& status : statuses) EBM_RETURN_IF_ERROR(status);
  const double moves = static_cast<double>(n) * static_cast<double>(std::max<int64_t>(1, path.steps() - 1));
  run.acceptance = static_cast<double>(std::accumulate(accepted.begin(), accepted.end(), int64_t{0})) / moves;
  return run;
}

}  // namespace ebm

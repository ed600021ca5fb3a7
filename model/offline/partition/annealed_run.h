// Annealed importance sampling (Neal 2001, "Annealed importance sampling", Statistics and Computing 11,
// arXiv:physics/9803008): independent chains along a path of betas, each with its own weight.
//
//   ln w = sum_t (beta_t - beta_{t-1}) (ln p~(x_{t-1}) - ln b(x_{t-1})),   x_t ~ K_t(. from x_{t-1})
//
// t = 1 to T, K_t a Metropolis-adjusted Langevin step at beta_t, none after the last. If the chains begin at exact
// draws at the path's first beta, E[w] is Z(last) / Z(first) for any T and any step sizes: the path is fixed before the
// run, and a chain's weight depends on that chain alone.
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_ANNEALED_RUN_H_
#define EBM_MODEL_OFFLINE_PARTITION_ANNEALED_RUN_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/annealing/annealed_chains.h"
#include "model/annealing/annealing_path.h"
#include "model/core/matrix_view.h"
#include "model/offline/partition/progress_meter.h"

namespace ebm {

struct AnnealedRun {
  MatrixBuffer states;              // [n, D], the chains' last states
  std::vector<double> log_weights;  // [n]
  double acceptance = 0;            // fraction of the steps that were accepted
};

// Row i is where chain first_chain + i under the seed begins.
struct ChainStarts {
  uint64_t seed = 0;
  uint32_t first_chain = 0;
  MatrixBuffer states;  // [n, D]
};

// Advances the meter by 1 for each step of each chain. Errors: FailedPrecondition if a start has no finite density;
// Cancelled.
absl::StatusOr<AnnealedRun> Anneal(const Bridge& bridge, const AnnealingPath& path, ChainStarts starts, int threads,
                                   ProgressMeter& meter);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_ANNEALED_RUN_H_

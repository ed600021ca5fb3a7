// The pilot run: a small ensemble walks from the base to the model and finds out how far apart they are, how fast
// chains forget, and which step sizes are accepted at the rate that suits Langevin proposals best, 0.574 (Roberts &
// Rosenthal 1998, "Optimal scaling of discrete approximations to Langevin diffusions", JRSS B 60). What it finds fixes
// path and step sizes of the real run, which has seeds of its own: its weights stay unbiased however bad the pilot was.
//
// At each beta the ensemble takes a few Metropolis-adjusted steps; then beta rises by as much as changes the chains'
// log weights by `spread` (their standard deviation), and the ensemble is resampled by those weights, so that it has
// the bridge's law at the new beta about as well as chains can (a sequential Monte Carlo sampler; Del Moral, Doucet &
// Jasra 2006).
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_PARTITION_PILOT_H_
#define EBM_MODEL_PARTITION_PILOT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/partition/annealed_chains.h"
#include "model/partition/annealing_path.h"
#include "model/partition/progress_meter.h"

namespace ebm {

struct PilotOptions {
  int64_t chains = 128;
  int64_t moves = 8;          // steps of a chain at each beta
  double spread = 0.5;        // of the log weights, from one beta to the next
  int64_t max_points = 2000;  // betas
  uint64_t seed = 0;
  int threads = 1;
};

// Errors: FailedPrecondition where a chain has no finite density, or beta has not come to 1 after max_points;
// Cancelled.
absl::StatusOr<AnnealingProfile> RunPilot(const Bridge& bridge, const PilotOptions& options,
                                          const AnnealingCallbacks& callbacks);

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_PILOT_H_

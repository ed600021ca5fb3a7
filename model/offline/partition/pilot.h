// The pilot run: a small ensemble of chains moves from the base to the model and measures how far apart they are, how
// fast chains decorrelate, and which step sizes have the optimal acceptance rate of Langevin proposals, 0.574 (Roberts
// & Rosenthal 1998, "Optimal scaling of discrete approximations to Langevin diffusions", JRSS B 60). Its results fix
// the path and the step sizes of the main run, which uses seeds of its own: the main run's weights are unbiased however
// poor the pilot run was.
//
// At each beta the ensemble takes a few Metropolis-adjusted steps; then beta rises until the log weights of that change
// have the standard deviation `spread`, and the ensemble is resampled by those weights, so that it approximately
// follows the bridge's distribution at the new beta (a sequential Monte Carlo sampler; Del Moral, Doucet & Jasra 2006).
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_PILOT_H_
#define EBM_MODEL_OFFLINE_PARTITION_PILOT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/annealing/annealed_chains.h"
#include "model/annealing/annealing_path.h"
#include "model/offline/partition/progress_meter.h"

namespace ebm {

struct PilotOptions {
  int64_t chains = 128;
  int64_t moves = 8;          // steps per chain at each beta
  double spread = 0.5;        // of the log weights, from one beta to the next
  int64_t max_points = 2000;  // the most values of beta
  uint64_t seed = 0;
  int threads = 1;
};

// Errors: FailedPrecondition if a chain has no finite density, or beta has not reached 1 after max_points; Cancelled.
absl::StatusOr<AnnealingProfile> RunPilot(const Bridge& bridge, const PilotOptions& options,
                                          const AnnealingCallbacks& callbacks);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_PILOT_H_

// Annealed importance sampling of models of levels: as annealed_run.h, but along the path of the joint distribution
// (PathConditionals::LogDensityAlong) and with one Gibbs sweep at each beta:
//
//   ln w = sum_t (ln p_{beta_t}(x_{t-1}) - ln p_{beta_{t-1}}(x_{t-1})),   x_t ~ a sweep at beta_t from x_{t-1}
//
// The class and the hidden units are summed out of the weights, which makes them much more even than weights of the
// joint states (Salakhutdinov & Murray 2008, "On the quantitative analysis of deep belief networks", ICML, for binary
// units without classes).
//
// Deterministic: equal arguments give equal bits, on any number of threads.

#ifndef EBM_MODEL_OFFLINE_PARTITION_GIBBS_RUN_H_
#define EBM_MODEL_OFFLINE_PARTITION_GIBBS_RUN_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/annealing/annealing_path.h"
#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/offline/partition/annealed_run.h"
#include "model/offline/partition/progress_meter.h"

namespace ebm {

// Var ln w.
double LogWeightVariance(const AnnealedRun& run);

// Advances the meter by 1 for each step of each chain. The path's step sizes are not used. Errors: FailedPrecondition
// if a start has no finite density; Cancelled.
absl::StatusOr<AnnealedRun> AnnealByGibbs(const PathConditionals& model, const AnnealingPath& path, ChainStarts starts,
                                          int threads, ProgressMeter& meter);

struct GibbsPilotOptions {
  int64_t chains = 100;
  double wanted_variance = 0.25;  // of ln w
  int64_t max_steps = 0;
  uint64_t seed = 0;
  int threads = 1;
};

// A number of evenly spaced betas for which Var ln w is about the wanted one. Found by forward runs of more and more
// steps. Errors: as above; FailedPrecondition if max_steps is too small.
absl::StatusOr<int64_t> ChooseGibbsSteps(const PathConditionals& model, const BaseDensity& base,
                                         const GibbsPilotOptions& options, const AnnealingCallbacks& callbacks);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_GIBBS_RUN_H_

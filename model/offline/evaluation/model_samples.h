// Samples of a checkpoint's model, drawn as a server draws them for a request that leaves every field unset: with the
// sampler defaults of the checkpoint (checkpoint.h).
//
// Threads: the chains are divided among `threads` threads; the results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_MODEL_SAMPLES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_MODEL_SAMPLES_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

struct ModelSamples {
  MatrixBuffer states;   // [n, D], scaled units: the chains that stayed finite, in their order
  int64_t diverged = 0;  // chains that did not
};

// Chains 0 to count - 1 under the seed. Errors: FailedPrecondition if the defaults start from states or a base that the
// checkpoint lacks, and if all chains diverge. REQUIRES: count > 0, a model with a gradient, made from this checkpoint.
absl::StatusOr<ModelSamples> DrawSamples(const Checkpoint& checkpoint, const EnergyModel& model, int64_t count,
                                         uint64_t seed, int threads);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_MODEL_SAMPLES_H_

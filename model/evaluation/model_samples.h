// Samples of a checkpoint's model as its server would draw them for a request that leaves every field unset: by the
// sampler defaults of the checkpoint (checkpoint.h).
//
// Threads: the chains are shared by `threads` of them; the numbers do not depend on how many.

#ifndef EBM_MODEL_EVALUATION_MODEL_SAMPLES_H_
#define EBM_MODEL_EVALUATION_MODEL_SAMPLES_H_

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

// Chains 0 to count - 1 under the seed. Errors: FailedPrecondition where the defaults start from states or a base that
// are not there, and where all chains diverge. REQUIRES: count > 0, a model with a gradient, made of this checkpoint.
absl::StatusOr<ModelSamples> DrawSamples(const Checkpoint& checkpoint, const EnergyModel& model, int64_t count,
                                         uint64_t seed, int threads);

}  // namespace ebm

#endif  // EBM_MODEL_EVALUATION_MODEL_SAMPLES_H_

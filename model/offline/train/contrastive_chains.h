// The chains that a model is trained against: the x' of L_gen = mean LSE f(x') - mean LSE f(x).
//
// Fresh chains start uniformly in the recipe's box (contrastive divergence as in the notebook) or at exact draws from
// the base density. Replayed chains (persistent contrastive divergence; Tieleman 2008) continue from a buffer of
// earlier end states, except for a few that restart. All randomness is keyed by the seed given, so a batch's chains
// depend on earlier batches only through the buffer.
//
// States are [n, D] in scaled units.

#ifndef EBM_MODEL_OFFLINE_TRAIN_CONTRASTIVE_CHAINS_H_
#define EBM_MODEL_OFFLINE_TRAIN_CONTRASTIVE_CHAINS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/core/row_slices.h"
#include "model/offline/parallel/row_share.h"
#include "model/offline/train/recipe.h"

namespace ebm {

// End states of earlier chains, from which replayed chains continue. Plain data: copying it is a snapshot.
struct ReplayBuffer {
  MatrixBuffer states;  // [size, D]

  static ReplayBuffer Uniform(const ChainRecipe& recipe, int64_t dimension, uint64_t seed);
  // Replaces all states by draws from the base density.
  void FillFrom(const BaseDensity& base, uint64_t seed) { base.Draw(seed, 0, kNoClass, states.view()); }
};

// The starts of a batch of chains, and their slots in the buffer (empty for fresh chains).
struct ChainStarts {
  MatrixBuffer states;         // [n, D]
  std::vector<int64_t> slots;  // [n] or empty
};

// The batch's chains that are run here, and the slots of the buffer that they continue from.
struct ChainShare {
  RowShare chains;
  RowShare slots;
};

// Row i of the starts is chain chains.first + i. REQUIRES: a base if the recipe's chains start from it.
ChainStarts DrawStarts(const ChainRecipe& recipe, const ReplayBuffer& buffer, uint64_t seed, const ChainShare& share,
                       int64_t dimension, const BaseDensity* base = nullptr);

// The random numbers of a batch's chains, of which the first run here has this number.
struct SeededChains {
  uint64_t seed = 0;
  int64_t first = 0;
};

struct ChainRun {
  MatrixBuffer ends;      // [n, D]
  double acceptance = 1;  // the share of steps that were accepted; 1 without Metropolis steps
};

// Runs the recipe's chains from the starts: row i is chain first + i under the seed. Errors: those of MakeKernel
// (kernel_table.h).
absl::StatusOr<ChainRun> RunChains(const EnergyModel& model, const ChainRecipe& recipe, const SeededChains& chains,
                                   ConstMatrix starts, RowWorkers& workers);

// Writes the chains' end states to the slots that their starts came from. States that are not finite are dropped: the
// slot keeps its earlier state.
void StoreEnds(const std::vector<int64_t>& slots, ConstMatrix ends, ReplayBuffer& buffer);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_CONTRASTIVE_CHAINS_H_

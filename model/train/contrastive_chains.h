// The chains that a model is trained against: the x' of L_gen = mean LSE f(x') - mean LSE f(x).
//
// Fresh chains start uniformly in the recipe's box (contrastive divergence as in the notebook) or at exact draws from
// the base density. Replayed chains (persistent contrastive divergence; Tieleman 2008) go on from a buffer of earlier
// ends, a few of them anew. All randomness is keyed by the seed given, so a batch's chains do not depend on what ran
// before but through the buffer.
//
// States are [n, D] in scaled units.

#ifndef EBM_MODEL_TRAIN_CONTRASTIVE_CHAINS_H_
#define EBM_MODEL_TRAIN_CONTRASTIVE_CHAINS_H_

#include <cstdint>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/train/recipe.h"

namespace ebm {

// Ends of earlier chains, waiting to go on. Plain data: copying it is a snapshot.
struct ReplayBuffer {
  MatrixBuffer states;  // [size, D]

  static ReplayBuffer Uniform(const ChainRecipe& recipe, int64_t dimension, uint64_t seed);
};

// The starts of a batch of chains, and where in the buffer they came from (empty: fresh ones).
struct ChainStarts {
  MatrixBuffer states;         // [n, D]
  std::vector<int64_t> slots;  // [n] or empty
};

// REQUIRES: a base where the recipe starts from it.
ChainStarts DrawStarts(const ChainRecipe& recipe, const ReplayBuffer& buffer, uint64_t seed, int64_t n,
                       int64_t dimension, const BaseDensity* base = nullptr);

struct ChainRun {
  MatrixBuffer ends;      // [n, D]
  double acceptance = 1;  // the share of steps that were accepted; 1 where none are refused
};

// Runs recipe.steps Langevin steps from the starts, on up to `threads` threads: row i is chain i under the seed.
ChainRun RunChains(const LogDensityGradient& model, const ChainRecipe& recipe, uint64_t seed, ConstMatrix starts,
                   int threads);

// Puts the chains' ends back where their starts came from. Ends that are not finite are dropped: the slot keeps its
// earlier state.
void StoreEnds(const std::vector<int64_t>& slots, ConstMatrix ends, ReplayBuffer& buffer);

}  // namespace ebm

#endif  // EBM_MODEL_TRAIN_CONTRASTIVE_CHAINS_H_

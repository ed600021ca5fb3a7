// The learning rate over a run: a linear rise over the first batches, then constant or half a cosine that falls to 0 at
// the end of the recipe's epochs.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_LEARNING_RATE_H_
#define EBM_MODEL_OFFLINE_TRAIN_LEARNING_RATE_H_

#include <cstdint>

#include "model/offline/train/recipe.h"

namespace ebm {

// The recipe's, at the batch after so many. An epoch has batches_per_epoch.
double LearningRateAfter(int64_t batches, int64_t batches_per_epoch, const Recipe& recipe);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_LEARNING_RATE_H_

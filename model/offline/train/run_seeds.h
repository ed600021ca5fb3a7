// The seeds of the parts of a training run (DeriveSeed), which must not share draws. Part t below these is batch t.

#ifndef EBM_MODEL_OFFLINE_TRAIN_RUN_SEEDS_H_
#define EBM_MODEL_OFFLINE_TRAIN_RUN_SEEDS_H_

#include <cstdint>

namespace ebm {

inline constexpr uint32_t kValidationPart = 1U << 31;                 // plus the epoch: chains beside held-out rows
inline constexpr uint32_t kWarpPart = kValidationPart - 1;            // the maps of warped rows
inline constexpr uint32_t kDensityJitterPart = kValidationPart - 2;   // the maps of density rows
inline constexpr uint32_t kBaseValidationPart = kValidationPart - 3;  // noise in the rows that a base is chosen on
inline constexpr uint32_t kMissingValuesPart = kValidationPart - 4;   // draws of missing values
inline constexpr uint32_t kCrossFitPart = kValidationPart - 5;        // the folds, and the runs on them
inline constexpr uint32_t kBufferPart = kValidationPart - 6;          // the first states of replayed chains
inline constexpr uint32_t kFinalFiguresPart = ~0U;                    // the chains of a checkpoint's figures

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_RUN_SEEDS_H_

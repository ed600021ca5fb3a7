// Philox4x32-10 in the layout of random.h: its constants and one block, shared by the files that compute it.

#ifndef EBM_MODEL_CORE_PHILOX_H_
#define EBM_MODEL_CORE_PHILOX_H_

#include <cstddef>
#include <cstdint>
#include <numbers>

#include "model/core/random.h"

namespace ebm::philox {

inline constexpr uint32_t kMultiplier0 = 0xD2511F53;
inline constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
inline constexpr uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
inline constexpr uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
inline constexpr int kRounds = 10;
inline constexpr size_t kWords = 4;  // per block

inline constexpr float kUniformUnit = 0x1p-24F;  // c(r) = (r >> 8) * 2^-24
inline constexpr float kRadiusUnit = 0x1p-31F;   // a(r) = (float(r >> 1) + 0.5) * 2^-31
inline constexpr float kTwoPi = 2.0F * std::numbers::pi_v<float>;

// Coordinates 4 block .. 4 block + 3 of a run of draws, as words.
PhiloxCounter Block(const RandomKey& key, uint32_t block);

}  // namespace ebm::philox

#endif  // EBM_MODEL_CORE_PHILOX_H_

// The constants of Philox4x32-10 and of the layout in random.h, for the files that compute it.

#ifndef EBM_MODEL_CORE_PHILOX_H_
#define EBM_MODEL_CORE_PHILOX_H_

#include <cstdint>
#include <numbers>

namespace ebm::philox {

inline constexpr uint32_t kMultiplier0 = 0xD2511F53;
inline constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
inline constexpr uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
inline constexpr uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
inline constexpr int kRounds = 10;

inline constexpr float kUniformUnit = 0x1p-24F;  // c(r) = (r >> 8) * 2^-24
inline constexpr float kRadiusUnit = 0x1p-31F;   // a(r) = (float(r >> 1) + 0.5) * 2^-31
inline constexpr float kTwoPi = 2.0F * std::numbers::pi_v<float>;

}  // namespace ebm::philox

#endif  // EBM_MODEL_CORE_PHILOX_H_

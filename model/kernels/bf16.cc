#include "model/kernels/bf16.h"

#include <bit>

namespace ebm::kernels {

uint16_t ToBf16(float value) {
  constexpr uint32_t kExponent = 0x7F80'0000;
  const auto bits = std::bit_cast<uint32_t>(value);
  if (value != value) return static_cast<uint16_t>((bits >> 16) | 0x40);
  if ((bits & kExponent) == 0) return static_cast<uint16_t>((bits >> 16) & 0x8000);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

float FromBf16(uint16_t value) { return std::bit_cast<float>(uint32_t{value} << 16); }

}  // namespace ebm::kernels

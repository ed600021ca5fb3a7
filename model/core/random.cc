#include "model/core/random.h"

#include <cmath>
#include <numbers>

namespace ebm {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53;
constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
constexpr uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
constexpr int kRounds = 10;

PhiloxCounter Round(const PhiloxCounter& c, const PhiloxKey& k) {
  const uint64_t product0 = uint64_t{kMultiplier0} * c[0];
  const uint64_t product1 = uint64_t{kMultiplier1} * c[2];
  return {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(product1),
          static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(product0)};
}

PhiloxCounter Block(const RandomKey& key, uint32_t block) {
  return Philox4x32({block, key.step, key.chain, static_cast<uint32_t>(key.stream)},
                    {static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)});
}

float ToUniform(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24F; }

// Box-Muller needs a radius draw above 0, and as deep a tail as the word allows.
float ToRadius(uint32_t word) {
  const float a = (static_cast<float>(word >> 1) + 0.5F) * 0x1p-31F;
  return std::sqrt(-2.0F * std::log(a));
}

std::array<float, 4> ToUniforms(const PhiloxCounter& words) {
  return {ToUniform(words[0]), ToUniform(words[1]), ToUniform(words[2]), ToUniform(words[3])};
}

std::array<float, 4> ToNormals(const PhiloxCounter& words) {
  constexpr float kTwoPi = 2.0F * std::numbers::pi_v<float>;
  const float radius0 = ToRadius(words[0]);
  const float angle0 = kTwoPi * ToUniform(words[1]);
  const float radius1 = ToRadius(words[2]);
  const float angle1 = kTwoPi * ToUniform(words[3]);
  return {radius0 * std::cos(angle0), radius0 * std::sin(angle0), radius1 * std::cos(angle1),
          radius1 * std::sin(angle1)};
}

template <typename Convert>
void Fill(const RandomKey& key, std::span<float> out, Convert convert) {
  for (size_t i = 0; i < out.size(); i += 4) {
    const std::array<float, 4> draws = convert(Block(key, static_cast<uint32_t>(i / 4)));
    for (size_t j = 0; j < 4 && i + j < out.size(); ++j) out[i + j] = draws[j];
  }
}

}  // namespace

PhiloxCounter Philox4x32(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < kRounds; ++round) {
    counter = Round(counter, key);
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return counter;
}

void FillUniform(const RandomKey& key, std::span<float> out) { Fill(key, out, ToUniforms); }

void FillNormal(const RandomKey& key, std::span<float> out) { Fill(key, out, ToNormals); }

uint64_t DeriveSeed(uint64_t seed, uint32_t index) {
  const PhiloxCounter words = Block({.seed = seed, .stream = RandomStream::kSeedDerivation, .chain = index}, 0);
  return uint64_t{words[1]} << 32 | words[0];
}

uint32_t UniformInteger(const RandomKey& key, uint32_t index, uint32_t bound) {
  const uint32_t word = Block(key, index / 4)[index % 4];
  return static_cast<uint32_t>((uint64_t{word} * bound) >> 32);
}

}  // namespace ebm

#include "model/core/random.h"

#include "model/core/philox.h"

namespace ebm {
namespace {

PhiloxCounter Round(const PhiloxCounter& c, const PhiloxKey& k) {
  const uint64_t product0 = uint64_t{philox::kMultiplier0} * c[0];
  const uint64_t product1 = uint64_t{philox::kMultiplier1} * c[2];
  return {static_cast<uint32_t>(product1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(product1),
          static_cast<uint32_t>(product0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(product0)};
}

}  // namespace

PhiloxCounter Philox4x32(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < philox::kRounds; ++round) {
    counter = Round(counter, key);
    key = {key[0] + philox::kWeyl0, key[1] + philox::kWeyl1};
  }
  return counter;
}

PhiloxCounter philox::Block(const RandomKey& key, uint32_t block) {
  return Philox4x32({block, key.step, key.chain, static_cast<uint32_t>(key.stream)},
                    {static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)});
}

void FillUniform(const RandomKey& key, std::span<float> out) {
  for (size_t i = 0; i < out.size(); i += philox::kWords) {
    const PhiloxCounter words = philox::Block(key, static_cast<uint32_t>(i / philox::kWords));
    for (size_t j = 0; j < philox::kWords && i + j < out.size(); ++j) {
      out[i + j] = static_cast<float>(words[j] >> 8) * philox::kUniformUnit;
    }
  }
}

double OpenUniform(const RandomKey& key) {
  constexpr double kUnit = 0x1p-32;
  return (philox::Block(key, 0)[0] + 0.5) * kUnit;
}

uint64_t DeriveSeed(uint64_t seed, uint32_t index) {
  const PhiloxCounter words = philox::Block({.seed = seed, .stream = RandomStream::kSeedDerivation, .chain = index}, 0);
  return uint64_t{words[1]} << 32 | words[0];
}

uint32_t UniformInteger(const RandomKey& key, uint32_t index, uint32_t bound) {
  const uint32_t word = philox::Block(key, index / philox::kWords)[index % philox::kWords];
  return static_cast<uint32_t>((uint64_t{word} * bound) >> 32);
}

}  // namespace ebm

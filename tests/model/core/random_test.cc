#include "model/core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <vector>

namespace ebm {
namespace {

using ::testing::ElementsAre;

constexpr RandomKey kKey = {
    .seed = 0x0123456789ABCDEF, .stream = RandomStream::kBufferChoice, .chain = 0xFEDCBA98, .step = 0x76543210};

// The documented counter layout, written out.
PhiloxCounter WordsOf(const RandomKey& key, uint32_t block) {
  const auto low = static_cast<uint32_t>(key.seed & 0xFFFFFFFF);
  const auto high = static_cast<uint32_t>(key.seed >> 32);
  return Philox4x32({block, key.step, key.chain, static_cast<uint32_t>(key.stream)}, {low, high});
}

std::vector<float> Uniforms(const RandomKey& key, size_t count) {
  std::vector<float> draws(count);
  FillUniform(key, draws);
  return draws;
}

std::vector<float> Normals(const RandomKey& key, size_t count) {
  std::vector<float> draws(count);
  FillNormal(key, draws);
  return draws;
}

// Random123's file of known answers (kat_vectors), the lines "philox4x32 10".
TEST(PhiloxTest, GivesThePublishedKnownAnswers) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}), ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
              ElementsAre(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd));
  EXPECT_THAT(Philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

TEST(RandomTest, StreamNumbersArePartOfTheContract) {
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kLangevinNoise), 0);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kChainStart), 1);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kBufferChoice), 2);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kParameterInit), 3);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kDataNoise), 4);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kDataOrder), 5);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kBufferRefresh), 6);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kDataAugmentation), 7);
  EXPECT_EQ(static_cast<uint32_t>(RandomStream::kSeedDerivation), 8);
}

TEST(RandomTest, UniformsAreTheTopBitsOfTheDocumentedWords) {
  const std::vector<float> draws = Uniforms(kKey, 64);
  for (uint32_t i = 0; i < draws.size(); ++i) {
    const double expected = std::floor(WordsOf(kKey, i / 4)[i % 4] / 256.0) / 16777216.0;
    EXPECT_EQ(draws[i], expected) << "coordinate " << i;
  }
}

TEST(RandomTest, NormalsAreTheDocumentedBoxMuller) {
  // The float32 errors are a few units of 2^-24 in a, the angle (up to 2 pi), the logarithm, the root and the product.
  constexpr double kRounding = 16 * 0x1p-24;
  const std::vector<float> draws = Normals(kKey, 4096);
  for (uint32_t i = 0; i < draws.size(); i += 2) {
    const PhiloxCounter words = WordsOf(kKey, i / 4);
    const double a = ((words[i % 4] >> 1) + 0.5) / 2147483648.0;
    const double angle = 2 * std::numbers::pi * std::floor(words[i % 4 + 1] / 256.0) / 16777216.0;
    const double radius = std::sqrt(-2 * std::log(a));
    // An error of 2^-24 in a changes the radius by 2^-24 / (a radius), which is large only if the radius is small.
    const double tolerance = kRounding * radius + 2 * 0x1p-24 / std::max(radius, 1e-3);
    EXPECT_NEAR(draws[i], radius * std::cos(angle), tolerance) << "coordinate " << i;
    EXPECT_NEAR(draws[i + 1], radius * std::sin(angle), tolerance) << "coordinate " << i + 1;
  }
}

TEST(RandomTest, IntegersScaleTheCoordinatesWord) {
  for (uint32_t index = 0; index < 16; ++index) {
    const double fraction = WordsOf(kKey, index / 4)[index % 4] / 4294967296.0;
    for (const uint32_t bound : {1U, 2U, 10U, 1797U, 0xFFFFFFFFU}) {
      EXPECT_EQ(UniformInteger(kKey, index, bound), static_cast<uint32_t>(std::floor(fraction * bound)));
    }
  }
}

// A coordinate's draw does not depend on the length of the fill, and nothing is written past the end.
TEST(RandomTest, AShorterFillIsAPrefixOfALongerOne) {
  const std::vector<float> uniforms = Uniforms(kKey, 41);
  const std::vector<float> normals = Normals(kKey, 41);
  for (size_t count = 0; count <= 40; ++count) {
    std::vector<float> shorter(41, -7.0F);
    FillUniform(kKey, std::span(shorter).first(count));
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.begin() + count, uniforms.begin())) << count;
    EXPECT_EQ(shorter[count], -7.0F);
    FillNormal(kKey, std::span(shorter).first(count));
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.begin() + count, normals.begin())) << count;
    EXPECT_EQ(shorter[count], -7.0F);
  }
}

TEST(RandomTest, EveryPartOfTheKeyMatters) {
  const std::vector<RandomKey> others = {
      {.seed = kKey.seed + 1, .stream = kKey.stream, .chain = kKey.chain, .step = kKey.step},
      {.seed = kKey.seed + (uint64_t{1} << 63), .stream = kKey.stream, .chain = kKey.chain, .step = kKey.step},
      {.seed = kKey.seed, .stream = RandomStream::kLangevinNoise, .chain = kKey.chain, .step = kKey.step},
      {.seed = kKey.seed, .stream = kKey.stream, .chain = kKey.chain + 1, .step = kKey.step},
      {.seed = kKey.seed, .stream = kKey.stream, .chain = kKey.chain, .step = kKey.step + 1},
  };
  const std::vector<float> draws = Uniforms(kKey, 8);
  for (const RandomKey& other : others) EXPECT_NE(Uniforms(other, 8), draws);
}

TEST(RandomTest, DerivedSeedsAreAllDifferent) {
  std::set<uint64_t> seeds = {kKey.seed};
  for (uint32_t index = 0; index < 1000; ++index) {
    seeds.insert(DeriveSeed(kKey.seed, index));
    seeds.insert(DeriveSeed(kKey.seed + 1, index));
  }
  EXPECT_EQ(seeds.size(), 2001);
  EXPECT_EQ(DeriveSeed(kKey.seed, 7), DeriveSeed(kKey.seed, 7));
}

TEST(RandomTest, TheSameKeyGivesTheSameDraws) {
  EXPECT_EQ(Uniforms(kKey, 9), Uniforms(kKey, 9));
  EXPECT_EQ(Normals(kKey, 9), Normals(kKey, 9));
}

}  // namespace
}  // namespace ebm

// The distributions of the draws along every axis of the key: one long run of coordinates, and short runs that differ
// only in chain, step, seed or stream. Tolerances: tests/reference/quantiles.h.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/core/random.h"
#include "tests/reference/quantiles.h"
#include "tests/reference/sample_checks.h"

namespace ebm {
namespace {

using reference::AreEquallyLikely;
using reference::IsNormalDraw;
using reference::IsWithin;
using reference::kAllowedFailure;
using reference::MeanOf;
using reference::NormalCdf;
using reference::PoissonInterval;

constexpr uint32_t kRuns = 1 << 18;
constexpr uint32_t kRunLength = 4;  // one block, so that neighbours along the axis are 4 draws apart
constexpr double kDraws = double{kRuns} * kRunLength;
constexpr uint64_t kSeed = 20240607;

enum class Axis { kCoordinate, kChain, kStep, kSeed, kSeedHighWord, kStream };

RandomKey KeyAt(Axis axis, uint32_t i) {
  switch (axis) {
    case Axis::kCoordinate:
      break;
    case Axis::kChain:
      return {.seed = kSeed, .chain = i};
    case Axis::kStep:
      return {.seed = kSeed, .step = i};
    case Axis::kSeed:
      return {.seed = kSeed + i};
    case Axis::kSeedHighWord:
      return {.seed = kSeed + (uint64_t{i} << 32)};
    case Axis::kStream:
      return {.seed = kSeed, .stream = static_cast<RandomStream>(i % 8), .chain = i / 8};
  }
  return {.seed = kSeed};
}

using FillFunction = void (*)(const RandomKey&, std::span<float>);

std::vector<float> DrawAlong(Axis axis, FillFunction fill) {
  std::vector<float> draws(size_t{kRuns} * kRunLength);
  if (axis == Axis::kCoordinate) {
    fill(KeyAt(axis, 0), draws);
    return draws;
  }
  for (uint32_t i = 0; i < kRuns; ++i) fill(KeyAt(axis, i), std::span(draws).subspan(i * kRunLength, kRunLength));
  return draws;
}

class RandomStatisticsTest : public testing::TestWithParam<Axis> {
 protected:
  std::vector<float> Uniforms() const { return DrawAlong(GetParam(), FillUniform); }
  std::vector<float> Normals() const { return DrawAlong(GetParam(), FillNormal); }
};

std::string AxisName(const testing::TestParamInfo<Axis>& info) {
  constexpr const char* kNames[] = {"Coordinate", "Chain", "Step", "Seed", "SeedHighWord", "Stream"};
  return kNames[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Along, RandomStatisticsTest,
                         testing::Values(Axis::kCoordinate, Axis::kChain, Axis::kStep, Axis::kSeed, Axis::kSeedHighWord,
                                         Axis::kStream),
                         AxisName);

TEST_P(RandomStatisticsTest, UniformsFillTheUnitIntervalEvenly) {
  std::vector<int64_t> high_bits(256);
  std::vector<int64_t> low_bits(256);
  for (const float u : Uniforms()) {
    ASSERT_GE(u, 0.0F);
    ASSERT_LT(u, 1.0F);
    const auto bits = static_cast<uint32_t>(u * 0x1p24F);
    ++high_bits[bits >> 16];
    ++low_bits[bits & 0xFF];
  }
  EXPECT_TRUE(AreEquallyLikely(high_bits, kAllowedFailure / 2));
  EXPECT_TRUE(AreEquallyLikely(low_bits, kAllowedFailure / 2));
}

// Counts pairs at every distance within a block, and to the next along the axis, in 32 x 32 cells. Pairs do not
// overlap.
TEST_P(RandomStatisticsTest, PairsOfUniformsFillTheUnitSquareEvenly) {
  const std::vector<float> draws = Uniforms();
  for (size_t distance = 1; distance <= kRunLength; ++distance) {
    std::vector<int64_t> cells(32 * 32);
    for (size_t i = 0; i + distance < draws.size(); i += 2 * distance) {
      ++cells[static_cast<size_t>(draws[i] * 32) * 32 + static_cast<size_t>(draws[i + distance] * 32)];
    }
    EXPECT_TRUE(AreEquallyLikely(cells, kAllowedFailure / kRunLength)) << "distance " << distance;
  }
}

// Means of powers are normal in the limit. At 2^20 draws the limit is near: the mean of z^4, the most skewed, has
// skewness 0.01, which moves a bound of 6 standard errors by 0.06 of one.
TEST_P(RandomStatisticsTest, NormalsHaveTheMomentsOfANormal) {
  const std::vector<float> draws = Normals();
  const double scale = 1 / std::sqrt(kDraws);
  const auto power_mean = [&draws](int power) {
    return MeanOf(draws, [power](double z) { return std::pow(z, power); });
  };
  // E z^2k = (2k-1)!!, so the variances of z, z^2, z^3, z^4 are 1, 3 - 1, 15, 105 - 9.
  EXPECT_TRUE(IsNormalDraw(power_mean(1), 0, scale, kAllowedFailure / 4));
  EXPECT_TRUE(IsNormalDraw(power_mean(2), 1, scale * std::sqrt(2), kAllowedFailure / 4));
  EXPECT_TRUE(IsNormalDraw(power_mean(3), 0, scale * std::sqrt(15), kAllowedFailure / 4));
  EXPECT_TRUE(IsNormalDraw(power_mean(4), 3, scale * std::sqrt(96), kAllowedFailure / 4));
}

TEST_P(RandomStatisticsTest, NormalsFillEquiprobableCellsEvenly) {
  constexpr int kCells = 1024;
  std::vector<int64_t> counts(kCells);
  for (const float z : Normals()) ++counts[std::min(kCells - 1, static_cast<int>(NormalCdf(z) * kCells))];
  EXPECT_TRUE(AreEquallyLikely(counts, kAllowedFailure));
}

// The number of draws beyond t is binomial with a small p, and so its variance is at most that of the Poisson
// distribution with the same mean.
TEST_P(RandomStatisticsTest, NormalsHaveTheTailsOfANormal) {
  const std::vector<float> draws = Normals();
  for (const double threshold : {3.0, 4.0, 5.0}) {
    const auto interval = PoissonInterval(kDraws * NormalCdf(-threshold), kAllowedFailure / 6);
    const auto above = std::ranges::count_if(draws, [threshold](float z) { return z > threshold; });
    const auto below = std::ranges::count_if(draws, [threshold](float z) { return z < -threshold; });
    EXPECT_TRUE(IsWithin(static_cast<double>(above), interval)) << "above " << threshold;
    EXPECT_TRUE(IsWithin(static_cast<double>(below), interval)) << "below " << -threshold;
  }
}

// Products of draws at a distance are uncorrelated with mean 0 and variance 1, and so are products of (z^2 - 1) / sqrt
// 2, which detect a common radius. Distances 1-3 lie within a block, 4-8 reach its neighbours along the axis.
TEST_P(RandomStatisticsTest, NormalsAtADistanceAreUncorrelated) {
  const std::vector<float> draws = Normals();
  const std::vector<size_t> distances = {1, 2, 3, 4, 5, 6, 7, 8, 32, 64, 1024};
  const double failure = kAllowedFailure / (2.0 * static_cast<double>(distances.size()));
  for (const size_t distance : distances) {
    const size_t pairs = draws.size() - distance;
    double products = 0;
    double square_products = 0;
    for (size_t i = 0; i < pairs; ++i) {
      const double a = draws[i];
      const double b = draws[i + distance];
      products += a * b;
      square_products += 0.5 * (a * a - 1) * (b * b - 1);
    }
    const double stddev = std::sqrt(static_cast<double>(pairs));
    EXPECT_TRUE(IsNormalDraw(products, 0, stddev, failure)) << "distance " << distance;
    EXPECT_TRUE(IsNormalDraw(square_products, 0, stddev, failure)) << "squares, distance " << distance;
  }
}

// Each of the 64 bits is set in half of the seeds: a binomial count, normal in the limit.
TEST(DeriveSeedTest, EveryBitIsFair) {
  constexpr uint32_t kSeeds = 1 << 16;
  std::vector<int64_t> counts(64);
  for (uint32_t index = 0; index < kSeeds; ++index) {
    const uint64_t seed = DeriveSeed(kSeed, index);
    for (size_t bit = 0; bit < counts.size(); ++bit) counts[bit] += static_cast<int64_t>(seed >> bit & 1);
  }
  for (const int64_t count : counts) {
    EXPECT_TRUE(IsNormalDraw(static_cast<double>(count), kSeeds / 2.0, std::sqrt(kSeeds) / 2, kAllowedFailure / 64));
  }
}

TEST(UniformIntegerTest, StaysBelowItsBoundAndFillsItEvenly) {
  const std::vector<uint32_t> bounds = {1, 2, 3, 10, 1000};
  for (const uint32_t bound : bounds) {
    std::vector<int64_t> counts(bound);
    for (uint32_t chain = 0; chain < kRuns; ++chain) {
      const uint32_t value =
          UniformInteger({.seed = kSeed, .stream = RandomStream::kBufferChoice, .chain = chain}, chain % 4, bound);
      ASSERT_LT(value, bound);
      ++counts[value];
    }
    if (bound > 1) {
      EXPECT_TRUE(AreEquallyLikely(counts, kAllowedFailure / static_cast<double>(bounds.size() - 1))) << bound;
    }
  }
}

}  // namespace
}  // namespace ebm

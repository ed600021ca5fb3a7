#include "model/sampler/convergence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "model/core/random.h"

namespace ebm {
namespace {

using ::testing::Optional;

MatrixBuffer Normal(uint64_t seed, int64_t chains, int64_t draws) {
  MatrixBuffer rows(chains, draws);
  for (int64_t chain = 0; chain < chains; ++chain) {
    FillNormal({.seed = seed, .chain = static_cast<uint32_t>(chain)}, rows.row(chain));
  }
  return rows;
}

// x_t = rho x_(t-1) + sqrt(1 - rho^2) eps_t, started from its stationary distribution.
MatrixBuffer Autoregressive(uint64_t seed, int64_t chains, int64_t draws, float rho) {
  MatrixBuffer rows = Normal(seed, chains, draws);
  for (int64_t chain = 0; chain < chains; ++chain) {
    const std::span<float> row = rows.row(chain);
    for (size_t t = 1; t < row.size(); ++t) row[t] = rho * row[t - 1] + std::sqrt(1 - rho * rho) * row[t];
  }
  return rows;
}

// The header's formulas with plain sums.
double PlainRHat(const std::vector<std::vector<double>>& sequences) {
  const auto m = static_cast<double>(sequences.size());
  const auto n = static_cast<double>(sequences[0].size());
  const auto mean_of = [](const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  const auto variance_of = [&](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += std::pow(value - mean_of(values), 2);
    return sum / static_cast<double>(values.size() - 1);
  };
  std::vector<double> means;
  double within = 0;
  for (const std::vector<double>& sequence : sequences) {
    means.push_back(mean_of(sequence));
    within += variance_of(sequence) / m;
  }
  return std::sqrt(((n - 1) / n * within + variance_of(means)) / within);
}

TEST(SplitRHatTest, IsThePlainFormulaOverHalves) {
  const MatrixBuffer chains = Normal(3, 3, 10);
  std::vector<std::vector<double>> halves;
  for (int64_t chain = 0; chain < 3; ++chain) {
    const std::span<const float> row = chains.view().row(chain);
    halves.emplace_back(row.begin(), row.begin() + 5);
    halves.emplace_back(row.begin() + 5, row.end());
  }
  EXPECT_THAT(SplitRHat(chains.view()), Optional(::testing::DoubleNear(PlainRHat(halves), 1e-12)));
}

// With M sequences of N draws, R-hat^2 - 1 is about F / N - 1 / N, F an F(M - 1, M (N - 1)) variable: its 1 - 1e-9
// quantile for 63 and 64 * 499 degrees of freedom is below 3.
TEST(SplitRHatTest, IsNearOneWhereChainsAgree) {
  constexpr double kMost = 3;
  const MatrixBuffer chains = Normal(5, 32, 1000);
  EXPECT_LT(SplitRHat(chains.view()).value(), std::sqrt(1 + kMost / 500));
}

TEST(SplitRHatTest, SeesChainsThatStayApart) {
  MatrixBuffer chains = Normal(5, 4, 1000);
  for (float& value : chains.row(2)) value += 3;
  EXPECT_GT(SplitRHat(chains.view()).value(), 1.5);
}

TEST(SplitRHatTest, SeesOneChainThatDrifts) {
  MatrixBuffer chains = Normal(5, 1, 1000);
  for (size_t t = 0; t < 1000; ++t) chains.row(0)[t] += 0.005F * static_cast<float>(t);
  EXPECT_GT(SplitRHat(chains.view()).value(), 1.5);
}

TEST(SplitRHatTest, IsInfiniteWhereChainsAreStuckApartAndNothingWhereAllAreTheSame) {
  const MatrixBuffer apart({1, 1, 1, 1, 2, 2, 2, 2}, 2, 4);
  EXPECT_THAT(SplitRHat(apart.view()), Optional(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(EffectiveSampleSize(apart.view()), std::nullopt);
  for (const int64_t chains : {1, 2, 7}) {
    MatrixBuffer same(chains, 150);  // of a number whose computed mean is rounded
    std::ranges::fill(same.view().values(), -13.37F);
    EXPECT_EQ(SplitRHat(same.view()), std::nullopt) << chains;
    EXPECT_EQ(EffectiveSampleSize(same.view()), std::nullopt) << chains;
    if (chains == 1) continue;
    std::ranges::fill(same.row(1), 0.1F);
    EXPECT_THAT(SplitRHat(same.view()), Optional(std::numeric_limits<double>::infinity())) << chains;
    EXPECT_EQ(EffectiveSampleSize(same.view()), std::nullopt) << chains;
  }
}

TEST(SplitRHatTest, NeedsTwoDrawsInEitherHalf) {
  const MatrixBuffer chains({1, 2, 3, 4, 5, 6}, 2, 3);
  EXPECT_EQ(SplitRHat(chains.view()), std::nullopt);
  EXPECT_EQ(EffectiveSampleSize(chains.view()), std::nullopt);
}

// For an autoregressive chain the sum over lags is known: a draw is worth (1 - rho) / (1 + rho) independent draws. The
// estimate's relative error is about sqrt(2 (2 L + 1) / draws) with L lags used (Priestley 1981, section 6.2), about 25
// at rho = 0.8: 0.04 here; five times this is allowed.
TEST(EffectiveSampleSizeTest, IsThatOfAnAutoregressiveChain) {
  for (const float rho : {0.0F, 0.5F, 0.8F, -0.3F}) {
    const MatrixBuffer chains = Autoregressive(7, 64, 1000, rho);
    const double expected = 64000.0 * (1 - rho) / (1 + rho);
    EXPECT_NEAR(EffectiveSampleSize(chains.view()).value() / expected, 1, 0.2) << "rho " << rho;
  }
}

TEST(EffectiveSampleSizeTest, OfChainsThatStayApartIsFew) {
  MatrixBuffer chains = Normal(5, 4, 1000);
  for (int64_t chain = 0; chain < 4; ++chain) {
    for (float& value : chains.row(chain)) value += 10 * static_cast<float>(chain);
  }
  EXPECT_LT(EffectiveSampleSize(chains.view()).value(), 10);
}

}  // namespace
}  // namespace ebm

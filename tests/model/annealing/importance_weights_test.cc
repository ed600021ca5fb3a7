#include "model/annealing/importance_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "model/core/random.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;

constexpr double kNormal95 = 1.959964;

// The header's formulas, written out on the weights themselves.
WeightSummary Plainly(const std::vector<double>& log_weights) {
  const auto n = static_cast<double>(log_weights.size());
  double sum = 0;
  double squares = 0;
  for (const double log_weight : log_weights) {
    sum += std::exp(log_weight);
    squares += std::exp(2 * log_weight);
  }
  std::vector<double> without;
  without.reserve(log_weights.size());
  for (const double log_weight : log_weights) without.push_back(std::log((sum - std::exp(log_weight)) / (n - 1)));
  const double mean = std::accumulate(without.begin(), without.end(), 0.0) / n;
  double spread = 0;
  for (const double theta : without) spread += (theta - mean) * (theta - mean);
  return {.log_mean = std::log(sum / n),
          .standard_error = std::sqrt((n - 1) / n * spread),
          .effective_sample_size = sum * sum / squares};
}

TEST(ImportanceWeightsTest, AreSummarisedByThePlainFormulas) {
  const std::vector<double> log_weights = {-1.5, 0, 0.25, 2, -0.5};
  const WeightSummary ours = Summarise(log_weights);
  const WeightSummary expected = Plainly(log_weights);
  EXPECT_NEAR(ours.log_mean, expected.log_mean, 1e-12);
  EXPECT_NEAR(ours.standard_error, expected.standard_error, 1e-12);
  EXPECT_NEAR(ours.effective_sample_size, expected.effective_sample_size, 1e-12);
}

TEST(ImportanceWeightsTest, AFactorOfAllWeightsMovesTheirMeanAlone) {
  const std::vector<double> log_weights = {-1.5, 0, 0.25};
  const WeightSummary plain = Summarise(log_weights);
  for (const double shift : {-5000.0, 5000.0}) {
    std::vector<double> shifted = log_weights;
    for (double& value : shifted) value += shift;
    const WeightSummary summary = Summarise(shifted);
    EXPECT_NEAR(summary.log_mean, plain.log_mean + shift, 1e-9);
    EXPECT_NEAR(summary.standard_error, plain.standard_error, 1e-9);
    EXPECT_NEAR(summary.effective_sample_size, plain.effective_sample_size, 1e-9);
  }
}

TEST(ImportanceWeightsTest, EqualWeightsAreAllEffectiveAndCertain) {
  const WeightSummary summary = Summarise(std::vector<double>(7, 3.0));
  EXPECT_DOUBLE_EQ(summary.log_mean, 3.0);
  EXPECT_NEAR(summary.standard_error, 0, 1e-12);
  EXPECT_DOUBLE_EQ(summary.effective_sample_size, 7);
}

TEST(ImportanceWeightsTest, OneWeightThatIsAllThereIsHasNoFiniteError) {
  const WeightSummary summary = Summarise(std::vector<double>{0, -2000, -3000});
  EXPECT_DOUBLE_EQ(summary.effective_sample_size, 1);
  EXPECT_EQ(summary.standard_error, std::numeric_limits<double>::infinity());
}

TEST(ImportanceWeightsTest, ResamplingPicksEachByItsShare) {
  const std::vector<double> log_weights = {std::log(0.5), std::log(0.25), -1000, std::log(0.25)};
  EXPECT_THAT(ResampleSystematically(log_weights, 0.5), ElementsAre(0, 0, 1, 3));
  EXPECT_THAT(ResampleSystematically(std::vector<double>(4, -7.0), 0.0), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(ResampleSystematically(std::vector<double>(4, -7.0), 0.999), ElementsAre(0, 1, 2, 3));
}

// Weights like those of annealed chains, exp(s z - s^2 / 2), whose mean is 1. Both errors see the same samples, so the
// comparison needs no tolerance; each sample that only one of the intervals covers counts.
TEST(ImportanceWeightsTest, TheJackknifesIntervalCoversMoreOftenThanTheDeltaMethods) {
  constexpr int kRepeats = 2000;
  constexpr size_t kChains = 100;
  constexpr double kSpread = 1.5;
  int jackknife = 0;
  int delta = 0;
  for (uint32_t repeat = 0; repeat < kRepeats; ++repeat) {
    std::vector<float> z(kChains);
    FillNormal({.seed = 31, .chain = repeat}, z);
    std::vector<double> log_weights;
    log_weights.reserve(kChains);
    for (const float value : z) log_weights.push_back(kSpread * value - kSpread * kSpread / 2);
    const WeightSummary summary = Summarise(log_weights);
    // se = sd(w) / (mean w sqrt n), in terms of the effective sample size: sum w^2 / (sum w)^2 = 1 / size.
    const double n = kChains;
    const double delta_error = std::sqrt((1 / summary.effective_sample_size - 1 / n) * n / (n - 1));
    jackknife += std::abs(summary.log_mean) < kNormal95 * summary.standard_error ? 1 : 0;
    delta += std::abs(summary.log_mean) < kNormal95 * delta_error ? 1 : 0;
  }
  EXPECT_GT(jackknife, delta);
}

}  // namespace
}  // namespace ebm

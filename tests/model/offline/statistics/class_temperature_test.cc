#include "model/offline/statistics/class_temperature.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/core/random.h"
#include "model/offline/statistics/reliability.h"

namespace ebm {
namespace {

constexpr int64_t kRows = 400;
constexpr int64_t kClasses = 5;

struct Problem {
  MatrixBuffer logits;
  std::vector<int32_t> labels;
};

// Labels drawn from softmax(f), with logits that are `factor` times f.
Problem Drawn(float factor) {
  Problem problem{MatrixBuffer(kRows, kClasses), {}};
  for (int64_t row = 0; row < kRows; ++row) {
    const auto chain = static_cast<uint32_t>(row);
    const std::span<float> f = problem.logits.row(row);
    FillNormal({.seed = 3, .stream = RandomStream::kEvaluation, .chain = chain}, f);
    for (float& value : f) value *= 2;
    float u = 0;
    FillUniform({.seed = 4, .stream = RandomStream::kEvaluation, .chain = chain}, {&u, 1});
    double sum = 0;
    for (const float value : f) sum += std::exp(value);
    int32_t label = 0;
    for (double cumulated = std::exp(f[0]) / sum; cumulated < u && label + 1 < kClasses;) {
      cumulated += std::exp(f[++label]) / sum;
    }
    problem.labels.push_back(label);
    for (float& value : f) value *= factor;
  }
  return problem;
}

TEST(FitClassTemperatureTest, NoTemperatureOfAFineGridIsBetter) {
  for (const float factor : {0.3F, 4.0F}) {
    const Problem problem = Drawn(factor);
    const ConstMatrix logits = std::as_const(problem.logits).view();
    const double found = CrossEntropyAt(FitClassTemperature(logits, problem.labels), logits, problem.labels);
    for (double log_temperature = -2.9; log_temperature < 2.9; log_temperature += 0.01) {
      EXPECT_LE(found, CrossEntropyAt(std::exp(log_temperature), logits, problem.labels) + 1e-12);
    }
  }
}

TEST(FitClassTemperatureTest, ScaledLogitsGetTheirScaleBack) {
  const double fourfold = FitClassTemperature(Drawn(4).logits.view(), Drawn(4).labels);
  const double sixteenfold = FitClassTemperature(Drawn(16).logits.view(), Drawn(16).labels);
  EXPECT_NEAR(sixteenfold / fourfold, 4, 1e-4);
}

TEST(FitClassTemperatureTest, RowsThatDoNotSpeakAgainstOneKeepIt) {
  EXPECT_EQ(FitClassTemperature(Drawn(1).logits.view(), Drawn(1).labels), 1);
  Problem few = Drawn(1);  // three rows, all right: the likelihood gains at most their ln p
  for (int64_t row = 0; row < 3; ++row) {
    const std::span<float> f = few.logits.row(row);
    std::ranges::fill(f, 0.0F);
    f[few.labels[row]] = 3;
  }
  EXPECT_EQ(FitClassTemperature(std::as_const(few.logits).view().rows_from(0, 3), std::span(few.labels).first(3)), 1);
}

TEST(FitClassTemperatureTest, CrossEntropyIsThatOfTheDividedLogits) {
  const std::vector<float> f = {1, 2, -1};
  const std::vector<int32_t> label = {0};
  const double divided = std::log(std::exp(0.5) + std::exp(1.0) + std::exp(-0.5)) - 0.5;
  EXPECT_NEAR(CrossEntropyAt(2, {f.data(), 1, 3}, label), divided, 1e-12);
}

// If all rows are right, or none is, the best confidence is the highest, or the lowest, within the limits. 400 rows
// gain more than enough likelihood for the test.
TEST(FitClassTemperatureTest, RowsThatDoNotDetermineItKeepOne) {
  for (const bool right : {true, false}) {
    Problem problem = Drawn(1);
    for (int64_t row = 0; row < kRows; ++row) {
      const std::span<float> f = problem.logits.row(row);
      const auto label = right ? std::ranges::max_element(f) : std::ranges::min_element(f);
      problem.labels[row] = static_cast<int32_t>(label - f.begin());
    }
    EXPECT_EQ(FitClassTemperature(std::as_const(problem.logits).view(), problem.labels), 1);
  }
}

}  // namespace
}  // namespace ebm

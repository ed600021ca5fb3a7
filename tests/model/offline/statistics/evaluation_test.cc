#include "model/offline/statistics/evaluation.h"
#include "model/scoring/row_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace ebm {
namespace {

using ::testing::ElementsAre;

TEST(QuantilesTest, RunFromTheMinimumToTheMaximumLinearly) {
  EXPECT_THAT(Quantiles({4, 0, 2}, 5), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Quantiles({3, 1}, 2), ElementsAre(1, 3));
}

TEST(JudgeRowTest, AgreesWithTheSoftmaxOfDividedLogits) {
  const std::array<float, 3> logits = {1.0F, -2.0F, 0.5F};
  constexpr double kTemperature = 1.7;
  const auto term = [&](int k) { return std::exp(logits[k] / kTemperature); };
  const double sum = term(0) + term(1) + term(2);
  const RowOutcome outcome = JudgeRow(logits, 2, kTemperature);
  EXPECT_NEAR(outcome.log_density, std::log(sum), 1e-12);
  EXPECT_NEAR(outcome.true_log_probability, std::log(term(2) / sum), 1e-12);
  EXPECT_NEAR(outcome.confidence, term(0) / sum, 1e-12);
  EXPECT_NEAR(outcome.top_log_probability, std::log(term(0) / sum), 1e-12);
  EXPECT_FALSE(outcome.correct);
  EXPECT_TRUE(JudgeRow(logits, 0, kTemperature).correct);
}

TEST(JudgeRowTest, TellsConfidencesApartThatRoundToOne) {
  const RowOutcome sure = JudgeRow(std::array{50.0F, 0.0F}, 0);
  const RowOutcome surer = JudgeRow(std::array{60.0F, 0.0F}, 0);
  EXPECT_EQ(sure.confidence, surer.confidence);
  EXPECT_LT(sure.top_log_probability, surer.top_log_probability);
}

}  // namespace
}  // namespace ebm

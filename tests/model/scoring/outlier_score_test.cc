#include "model/scoring/outlier_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "tests/reference/random_base.h"

namespace ebm {
namespace {

class OutlierScoreTest : public testing::Test {
 protected:
  OutlierScoreTest() {
    std::vector<float> values(12 * 4);
    FillNormal({.seed = 5, .stream = RandomStream::kEvaluation}, values);
    rows_ = MatrixBuffer(values, 12, 4);
  }

  const reference::TestModel model_ =
      reference::WithRandomBase(6, kClassGaussiansBase, 0.3F, reference::RandomMlp(7, {4, {8}, 3}));
  std::vector<float> Score(const OutlierScore& score, ConstMatrix rows) const {
    return OutlierScores(score, MeasuredRows(*energy_, rows).scored());
  }

  const std::unique_ptr<EnergyModel> energy_ = *MakeEnergyModel(model_.spec, model_.tensors);
  MatrixBuffer rows_;
};

TEST_F(OutlierScoreTest, IsTheWeightedSumOfItsStandardisedQuantities) {
  const OutlierScore score = {.quantities = {kLogDensityQuantity, kLogRatioQuantity, kMaxLogProbabilityQuantity},
                              .weights = {1, 0.5, -2},
                              .means = {3, -1, 0.25},
                              .deviations = {2, 0.5, 4}};
  const std::vector<float> scores = Score(score, std::as_const(rows_).view());
  for (int64_t row = 0; row < rows_.rows(); ++row) {
    const ConstMatrix x = std::as_const(rows_).view().rows_from(row, 1);
    std::vector<float> logits(3);
    std::vector<float> gradient(4);
    float log_density = 0;
    float log_base = 0;
    energy_->class_logits()->Logits(x, {logits.data(), 1, 3}, {&log_density, 1});
    energy_->base_density()->Evaluate(x, {}, {&log_base, 1}, {gradient.data(), 1, 4});
    const double sum = std::exp(double{logits[0]}) + std::exp(double{logits[1]}) + std::exp(double{logits[2]});
    const double top = std::log(std::exp(double{std::max({logits[0], logits[1], logits[2]})}) / sum);
    const double expected = (log_density - 3) / 2.0 + 0.5 * (log_density - log_base + 1) / 0.5 - 2 * (top - 0.25) / 4;
    EXPECT_NEAR(scores[row], expected, 1e-4 * (1 + std::abs(expected)));
  }
}

TEST_F(OutlierScoreTest, ARowsScoreDependsOnThatRowAlone) {
  const OutlierScore score = {.quantities = {kLogRatioQuantity}, .weights = {1}, .means = {0}, .deviations = {1}};
  const ConstMatrix all = std::as_const(rows_).view();
  const std::vector<float> together = Score(score, all);
  for (int64_t row = 0; row < all.rows(); ++row) {
    EXPECT_EQ(Score(score, all.rows_from(row, 1))[0], together[row]);
  }
}

TEST(WeightedSumsTest, AQuantityOfNoWeightCountsForNothingEvenWhereItIsInfinite) {
  const OutlierScore score = {.quantities = {"one", "other"}, .weights = {2, 0}, .means = {1, 0}, .deviations = {4, 1}};
  EXPECT_THAT(WeightedSums(score, {{3, -1}, {0, INFINITY}}), ::testing::ElementsAre(1, -1));
}

TEST(TakesLogRatioTest, WhereItIsOneOfTheQuantities) {
  EXPECT_TRUE(TakesLogRatio({.quantities = {kLogDensityQuantity, kLogRatioQuantity}}));
  EXPECT_FALSE(TakesLogRatio({.quantities = {kLogDensityQuantity, kMaxLogProbabilityQuantity}}));
}

// Far from the decision boundary p rounds to 1, but ln p must still distinguish rows.
TEST(OutlierQuantityTest, MaxLogProbabilityDoesNotSaturate) {
  const std::vector<float> logits = {40, 0, /**/ 50, 0};
  const std::vector<float> values =
      OutlierQuantity(kMaxLogProbabilityQuantity, {.logits = ConstMatrix(logits.data(), 2, 2), .log_density = {}});
  EXPECT_LT(values[0], values[1]);
  EXPECT_LT(values[1], 0);
}

}  // namespace
}  // namespace ebm

#include "model/scoring/missing_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "model/energy/energy_factory.h"
#include "model/scoring/outlier_score.h"
#include "tests/reference/random_base.h"

namespace ebm {
namespace {

using ::testing::Each;
using ::testing::FloatNear;
using ::testing::Lt;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

RowFigures FiguresOf(const EnergyModel& model, const CompletedRows& completed) {
  const ConstMatrix rows(completed.rows.data(), std::ssize(completed.rows) / model.dimension(), model.dimension());
  const MeasuredRows measured(model, rows);
  return {.logits = measured.logits.values(),
          .log_density = measured.log_density,
          .log_ratio = measured.log_ratio,
          .gradient_norm = {},
          .comparable_log_density = {}};
}

class MissingValuesTest : public ::testing::Test {
 protected:
  reference::TestModel model_ =
      reference::WithRandomBase(61, kClassGaussiansBase, 0, reference::RandomMlp(60, {2, {3}, 3}));
};

TEST_F(MissingValuesTest, CompleteRowsStayAndOthersAreDrawnManyTimes) {
  const auto energy = *MakeEnergyModel(model_.spec, model_.tensors);
  const MatrixBuffer rows({0.5F, 0.25F, 1, kMissing}, 2, 2);
  const CompletedRows completed = CompleteRows(*energy->base_density(), rows.view());
  ASSERT_EQ(completed.first, (std::vector<int64_t>{0, 1, 1 + kDrawsPerRow}));
  EXPECT_EQ(completed.rows[1], 0.25F);
  EXPECT_FALSE(HasMissing(completed.rows));
  for (int64_t j = 1; j <= kDrawsPerRow; ++j) EXPECT_EQ(completed.rows[2 * j], 1);
  EXPECT_EQ(CostOfCompletion(rows.view(), 1).rows, 1 + kDrawsPerRow);
}

TEST_F(MissingValuesTest, ARowIsCompletedInTheSameWayAmongOthers) {
  const auto energy = *MakeEnergyModel(model_.spec, model_.tensors);
  const MatrixBuffer together({0.5F, kMissing, 1, kMissing}, 2, 2);
  const MatrixBuffer alone({1, kMissing}, 1, 2);
  const CompletedRows both = CompleteRows(*energy->base_density(), together.view());
  const CompletedRows one = CompleteRows(*energy->base_density(), alone.view());
  EXPECT_EQ(std::vector<float>(both.rows.begin() + 2 * kDrawsPerRow, both.rows.end()), one.rows);
}

// A network whose logits are constants leaves the base density: its marginal is known exactly.
TEST_F(MissingValuesTest, OfABaseAloneTheJointDensityIsItsMarginal) {
  for (size_t t = 0; t + 3 < model_.tensors.size(); ++t) std::ranges::fill(model_.tensors[t].values, 0.0F);
  const auto energy = *MakeEnergyModel(model_.spec, model_.tensors);
  const MatrixBuffer rows({0.5F, kMissing}, 1, 2);
  const CompletedRows completed = CompleteRows(*energy->base_density(), rows.view());
  const RowFigures figures = CombineDraws(completed, FiguresOf(*energy, completed));
  EXPECT_THAT(figures.logits, Each(FloatNear(static_cast<float>(completed.log_marginal[0]), 1e-5F)));
  EXPECT_NEAR(figures.log_density[0], completed.log_marginal[0] + std::log(3.0), 1e-5);
}

// One row completed by more draws than CompleteRows makes.
CompletedRows ManyDraws(const BaseDensity& base, const std::vector<float>& row) {
  constexpr uint32_t kDraws = 200000;
  const auto given = base.Given(row, kNoClass);
  CompletedRows completed = {.rows = {}, .first = {0, kDraws}, .log_marginal = {given->log_marginal()}};
  for (uint32_t chain = 0; chain < kDraws; ++chain) {
    std::vector<float> drawn = row;
    given->Draw(3, chain, drawn);
    completed.rows.insert(completed.rows.end(), drawn.begin(), drawn.end());
  }
  return completed;
}

// Against the integral of p~(x, y) over the missing coordinate. By Hoeffding's inequality, the mean of the ratios
// p~(x, y) / b(x), each within the range that they have here, fails this with a probability below 1e-9.
TEST_F(MissingValuesTest, TheJointDensityIsTheIntegralOverTheMissingValue) {
  for (float& weight : model_.tensors[2].values) weight *= 0.1F;  // the output layer's: small ratios
  const auto energy = *MakeEnergyModel(model_.spec, model_.tensors);
  const CompletedRows completed = ManyDraws(*energy->base_density(), {0.5F, kMissing});
  const RowFigures figures = CombineDraws(completed, FiguresOf(*energy, completed));
  constexpr double kWidth = 0.01;
  std::vector<float> grid;
  for (double a = -12; a < 12; a += kWidth) grid.insert(grid.end(), {0.5F, static_cast<float>(a)});
  const MeasuredRows measured(*energy, ConstMatrix(grid.data(), std::ssize(grid) / 2, 2));
  for (int64_t y = 0; y < 3; ++y) {
    double integral = 0;
    double least = INFINITY;
    double greatest = 0;
    for (int64_t i = 0; i < measured.logits.rows(); ++i) {
      const double log_joint = measured.logits.row(i)[y];
      const double ratio = std::exp(log_joint - (measured.log_density[i] - measured.log_ratio[i]));
      integral += std::exp(log_joint) * kWidth;
      least = std::min(least, ratio);
      greatest = std::max(greatest, ratio);
    }
    const double exact = integral / std::exp(completed.log_marginal[0]);
    const double estimate = std::exp(figures.logits[y] - completed.log_marginal[0]);
    const double reach = (greatest - least) * std::sqrt(std::log(2 / 1e-9) / (2.0 * completed.draws(0)));
    EXPECT_NEAR(estimate, exact, reach);
    EXPECT_THAT(reach / exact, Lt(0.1)) << "a test that can fail";
  }
}

TEST_F(MissingValuesTest, OtherFiguresAreMeansWithWeights) {
  const CompletedRows completed = {.rows = {}, .first = {0, 2, 3}, .log_marginal = {0, 0}};
  const RowFigures of_draws = {.logits = {0, 0, 7},
                               .log_density = {1, 4, 7},
                               .log_ratio = {0, std::log(3.0F), 5},
                               .gradient_norm = {8, 4, 2},
                               .hidden_means = {0, 1, 1, 0.5F, 0.25F, 0.125F},
                               .comparable_log_density = {}};
  const RowFigures figures = CombineDraws(completed, of_draws);
  EXPECT_FLOAT_EQ(figures.gradient_norm[0], 0.25F * 8 + 0.75F * 4);
  EXPECT_FLOAT_EQ(figures.comparable_log_density[0], 0.25F * 1 + 0.75F * 4);
  EXPECT_EQ(figures.gradient_norm[1], 2);
  EXPECT_THAT(figures.hidden_means,
              testing::ElementsAre(testing::FloatEq(0.75F), testing::FloatEq(0.625F), 0.25F, 0.125F));
  EXPECT_EQ(figures.comparable_log_density[1], 7);
  EXPECT_EQ(figures.log_density[1], 7);
}

}  // namespace
}  // namespace ebm

#include "model/offline/evaluation/row_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/offline/evaluation/complete_rows.h"
#include "model/offline/evaluation/outlier_figures.h"
#include "model/offline/statistics/evaluation.h"
#include "model/offline/statistics/ranking.h"
#include "model/scoring/missing_values.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class RowScoresTest : public ::testing::Test {
 protected:
  RowScoresTest() {
    const reference::TestModel mlp = reference::RandomMlp(1, {.dimension = 6, .hidden = {16}, .classes = 4});
    model_ = *MakeEnergyModel(mlp.spec, mlp.tensors);
  }

  static MatrixBuffer Rows(int64_t n, uint64_t seed = 2) {
    MatrixBuffer rows(n, 6);
    FillNormal({.seed = seed}, rows.view().values());
    return rows;
  }

  std::unique_ptr<EnergyModel> model_;
};

TEST_F(RowScoresTest, EqualTheirDefinitions) {
  const MatrixBuffer rows = Rows(70);
  const RowScores scores = *ScoreRows(*model_, rows.view(), "rows", 1);
  for (int64_t i = 0; i < rows.rows(); ++i) {
    double sum = 0;
    for (const float logit : scores.logits.row(i)) sum += std::exp(double{logit});
    EXPECT_NEAR(scores.log_density[i], std::log(sum), 1e-5);
    const float top = std::ranges::max(scores.logits.row(i));
    EXPECT_NEAR(scores.max_softmax[i], top - std::log(sum), 1e-5);
    MatrixBuffer gradient(1, 6);
    float log_density = 0;
    const int32_t no_class = kNoClass;
    model_->log_density_gradient()->Evaluate(rows.view().rows_from(i, 1), {&no_class, 1}, {&log_density, 1},
                                             gradient.view());
    double squares = 0;
    for (const float g : gradient.values()) squares += double{g} * g;
    EXPECT_NEAR(scores.negative_gradient_norm[i], -std::sqrt(squares), 1e-5);
  }
}

TEST_F(RowScoresTest, DoNotDependOnTheNumberOfThreads) {
  const MatrixBuffer rows = Rows(100);
  const RowScores one = *ScoreRows(*model_, rows.view(), "rows", 1);
  const RowScores three = *ScoreRows(*model_, rows.view(), "rows", 3);
  EXPECT_EQ(one.logits.values(), three.logits.values());
  for (const ScoreKind& kind : kScoreKinds) EXPECT_EQ(one.*kind.values, three.*kind.values) << kind.name;
}

TEST_F(RowScoresTest, RefusesRowsWithoutFiniteScores) {
  MatrixBuffer rows = Rows(40);
  rows.row(36)[2] = std::numeric_limits<float>::quiet_NaN();
  const absl::Status status = ScoreRows(*model_, rows.view(), "shuffled", 2).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("shuffled"), HasSubstr("row 37"), HasSubstr("nan")));
}

TEST_F(RowScoresTest, EvaluateGivesTheSameLogDensities) {
  const MatrixBuffer rows = Rows(40);
  const std::vector<int32_t> labels(40, 1);
  const Evaluation evaluation = Evaluate(*model_, rows.view(), labels);
  const RowScores scores = *ScoreRows(*model_, rows.view(), "rows", 1);
  for (size_t i = 0; i < labels.size(); ++i) EXPECT_NEAR(evaluation.log_density[i], scores.log_density[i], 1e-5);
}

TEST_F(RowScoresTest, OutlierFiguresAreThoseOfEachScoresRanking) {
  const RowScores data = *ScoreRows(*model_, Rows(40, 3).view(), "data", 1);
  const RowScores outliers = *ScoreRows(*model_, Rows(30, 4).view(), "outliers", 1);
  const OutlierFigures figures = MakeOutlierFigures(data, outliers, Pairing::kIndependent, 1);
  EXPECT_EQ(figures.rows, 30);
  ASSERT_EQ(figures.scores.size(), KindsOf(data).size());
  for (size_t s = 0; s < figures.scores.size(); ++s) {
    const RankingFigures expected = Ranking(data.*kScoreKinds[s].values, outliers.*kScoreKinds[s].values).Figures();
    EXPECT_DOUBLE_EQ(figures.scores[s].auroc.value, expected.auroc);
    EXPECT_DOUBLE_EQ(figures.scores[s].average_precision.value, expected.average_precision);
    EXPECT_DOUBLE_EQ(figures.scores[s].fpr_at_95_tpr.value, expected.fpr_at_95_tpr);
    EXPECT_LT(figures.scores[s].auroc.lower, expected.auroc);
    EXPECT_GT(figures.scores[s].auroc.upper, expected.auroc);
  }
}

// Every outlier scores slightly below its own row. If both are resampled together, the order of all scores is
// preserved.
TEST_F(RowScoresTest, PairsAreResampledTogether) {
  const RowScores data = *ScoreRows(*model_, Rows(60).view(), "data", 1);
  RowScores outliers = data;
  for (float& score : outliers.log_density) score -= 1e-3F;
  const auto width = [&](Pairing pairing) {
    const Figure auroc = MakeOutlierFigures(data, outliers, pairing, 1).scores[0].auroc;
    return auroc.upper - auroc.lower;
  };
  EXPECT_LT(10 * width(Pairing::kRowByRow), width(Pairing::kIndependent));
}

TEST(PairedHistogramTest, HoldsEveryValueOfBothSetsInSharedBins) {
  const std::vector<float> data = {0, 1, 2, 4};
  const std::vector<float> outliers = {-4, 4, 4};
  const PairedHistogram histogram = MakePairedHistogram(data, outliers);
  EXPECT_EQ(histogram.lower, -4);
  EXPECT_EQ(histogram.upper, 4);
  EXPECT_EQ(std::accumulate(histogram.data.begin(), histogram.data.end(), int64_t{0}), 4);
  EXPECT_EQ(histogram.data.back(), 1);
  EXPECT_EQ(histogram.outliers.front(), 1);
  EXPECT_EQ(histogram.outliers.back(), 2);
}

TEST(PairedHistogramTest, EqualValuesShareABin) {
  const std::vector<float> same = {3, 3};
  EXPECT_EQ(MakePairedHistogram(same, same).data.front(), 2);
}

TEST_F(RowScoresTest, RowsWithGapsAreScoredAsAServerScoresThem) {
  const reference::TestModel made =
      reference::WithRandomBase(3, kClassGaussiansBase, 0, reference::RandomMlp(1, {6, {16}, 4}));
  const auto model = *MakeEnergyModel(made.spec, made.tensors);
  MatrixBuffer rows = Rows(30);
  for (int64_t i = 0; i < 30; i += 2) rows.row(i)[i % 6] = std::numeric_limits<float>::quiet_NaN();
  const RowScores scores = *ScoreRows(*model, rows.view(), "rows", 3);
  const CompletedRows completed = CompleteRows(*model->base_density(), rows.view());
  const RowScores draws = *ScoreRows(*model, {completed.rows.data(), completed.first.back(), 6}, "draws", 1);
  const RowFigures expected = CombineDraws(completed, {.logits = draws.logits.values(),
                                                       .log_density = draws.log_density,
                                                       .log_ratio = draws.log_density_ratio,
                                                       .gradient_norm = draws.negative_gradient_norm,
                                                       .comparable_log_density = {}});
  EXPECT_EQ(scores.logits.values(), expected.logits);
  EXPECT_EQ(scores.log_density, expected.comparable_log_density);
  EXPECT_EQ(scores.log_density_ratio, expected.log_ratio);
  EXPECT_EQ(scores.negative_gradient_norm, expected.gradient_norm);
}

TEST(CompleteRowsOfTest, AreThoseWithoutGaps) {
  const float gap = std::numeric_limits<float>::quiet_NaN();
  const MatrixBuffer rows({1, 2, gap, 3, 4, 5, 6, gap, 7, 8}, 5, 2);
  EXPECT_EQ(CompleteRowsOf(rows.view()).values(), (std::vector<float>{1, 2, 4, 5, 7, 8}));
  EXPECT_EQ(CompleteRowsOf(rows.view(), 2).values(), (std::vector<float>{1, 2, 4, 5}));
  EXPECT_EQ(CompleteRowsOf(rows.view().rows_from(1, 1)).rows(), 0);
}

}  // namespace
}  // namespace ebm

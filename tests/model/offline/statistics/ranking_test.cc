#include "model/offline/statistics/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "model/core/random.h"

namespace ebm {
namespace {

using Scores = std::vector<float>;

// Normal draws around `mean`, rounded so that there are ties.
Scores DrawScores(uint64_t seed, size_t n, float mean) {
  Scores scores(n);
  FillNormal({.seed = seed}, scores);
  for (float& score : scores) score = std::round(4 * (score + mean)) / 4;
  return scores;
}

double ShareAtLeast(const Scores& scores, float threshold) {
  return static_cast<double>(std::ranges::count_if(scores, [&](float s) { return s >= threshold; })) /
         static_cast<double>(scores.size());
}

// The definitions, by loops over all pairs, and over all thresholds from the highest down.
RankingFigures SlowFigures(const Scores& inside, const Scores& outside) {
  RankingFigures figures;
  for (const float in : inside) {
    for (const float out : outside) figures.auroc += in > out ? 1.0 : (in == out ? 0.5 : 0.0);
  }
  figures.auroc /= static_cast<double>(inside.size() * outside.size());

  std::set<float, std::greater<>> thresholds(inside.begin(), inside.end());
  thresholds.insert(outside.begin(), outside.end());
  double recall_before = 0;
  figures.fpr_at_95_tpr = -1;
  for (const float threshold : thresholds) {
    const double recall = ShareAtLeast(inside, threshold);
    const double false_positives = ShareAtLeast(outside, threshold) * static_cast<double>(outside.size());
    const double true_positives = recall * static_cast<double>(inside.size());
    figures.average_precision += (recall - recall_before) * true_positives / (true_positives + false_positives);
    recall_before = recall;
    if (recall >= 0.95 && figures.fpr_at_95_tpr < 0) figures.fpr_at_95_tpr = ShareAtLeast(outside, threshold);
  }
  return figures;
}

void ExpectEqual(const RankingFigures& figures, const RankingFigures& expected) {
  EXPECT_NEAR(figures.auroc, expected.auroc, 1e-12);
  EXPECT_NEAR(figures.average_precision, expected.average_precision, 1e-12);
  EXPECT_NEAR(figures.fpr_at_95_tpr, expected.fpr_at_95_tpr, 1e-12);
}

TEST(RankingTest, EqualsTheDefinitionsWithTies) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Scores inside = DrawScores(2 * seed, 40 + seed, 1);
    const Scores outside = DrawScores(2 * seed + 1, 70 - seed, 0);
    ExpectEqual(Ranking(inside, outside).Figures(), SlowFigures(inside, outside));
    EXPECT_NEAR(AreaUnderCurve(inside, outside), SlowFigures(inside, outside).auroc, 1e-12);
  }
}

TEST(RankingTest, CountsAreRowsTakenSoOften) {
  const Scores inside = DrawScores(1, 20, 0.5F);
  const Scores outside = DrawScores(2, 30, 0);
  std::vector<uint32_t> inside_counts;
  std::vector<uint32_t> outside_counts;
  Scores inside_taken;
  Scores outside_taken;
  for (uint32_t i = 0; i < inside.size(); ++i) {
    inside_counts.push_back(i % 4);
    inside_taken.insert(inside_taken.end(), i % 4, inside[i]);
  }
  for (uint32_t i = 0; i < outside.size(); ++i) {
    outside_counts.push_back(i * 7 % 3);
    outside_taken.insert(outside_taken.end(), i * 7 % 3, outside[i]);
  }
  ExpectEqual(Ranking(inside, outside).Figures(inside_counts, outside_counts),
              SlowFigures(inside_taken, outside_taken));
}

TEST(RankingTest, APerfectScoreIsPerfect) { ExpectEqual(Ranking(Scores{3, 4, 5}, Scores{1, 2}).Figures(), {1, 1, 0}); }

TEST(RankingTest, AnInvertedScoreIsAsWrongAsCanBe) {
  const RankingFigures figures = Ranking(Scores{1, 2}, Scores{3, 4}).Figures();
  EXPECT_EQ(figures.auroc, 0);
  EXPECT_EQ(figures.fpr_at_95_tpr, 1);
}

TEST(RankingTest, AScoreThatIsTheSameForAllIsUseless) {
  ExpectEqual(Ranking(Scores(10, 1.0F), Scores(30, 1.0F)).Figures(), {0.5, 0.25, 1});
}

TEST(RankingTest, OneRowOnEitherSideIsEnough) {
  ExpectEqual(Ranking(Scores{2}, Scores{1}).Figures(), {1, 1, 0});
  ExpectEqual(Ranking(Scores{1}, Scores{2}).Figures(), {0, 0.5, 1});
}

}  // namespace
}  // namespace ebm

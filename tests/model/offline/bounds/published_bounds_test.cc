// The bounds of models given by formulas against published figures of the same models.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/mean_field.h"
#include "model/offline/bounds/perturb_and_map.h"
#include "model/offline/bounds/spanning_trees.h"
#include "model/offline/bounds/tree_bound.h"
#include "tests/model/offline/bounds/small_graphs.h"

namespace ebm {
namespace {

constexpr double kDigits = 1e-8;
constexpr double kPublishedDigits = 1e-6;

struct Published {
  std::string name;
  PairwiseModel model;
  double exact = 0;
  double maximum = 0;
  double mean_field = 0;  // the best of two optima
  double bethe = 0;
  double uniform_trees = 0;
  double best_trees = 0;  // by other steps than ours
};

std::vector<Published> SmallOnes() {
  return {
      {"attractive 4x4", AttractiveGrid(4, 100), 16.0500506981, 14.203125, 15.1336562405, 15.536739651, 17.1383772804,
       16.89864},
      {"mixed 4x4", MixedGrid(4, 100), 16.8396429387, 12.921875, 15.2121920091, 17.3338624906, 19.4051313531, 18.76586},
      {"tree", TreeOfEight(), 9.14316897821, 8.328125, 8.9447323666, 9.14316897821, 9.14316897821, 9.14316897821},
      {"complete", CompleteTen(), 9.01797494582, 5.625, 8.57756234231, 9.07073755784, 11.1159705766, 10.74523},
      // 16.39749 has been published for the last figure, which duality excludes (NoTreesOfTheRestrictedOneBound...).
      {"restricted", RestrictedEightBySix(), 16.1851822542, 13.703125, 16.0743127974, 16.1812753341, 16.5789416557,
       16.4069},
  };
}

PairwiseModel WeakGrid() {
  PairwiseModel model = AttractiveGrid(10, 1000);
  for (double& field : model.fields) field = 0;
  for (double& coupling : model.couplings) coupling = 0.25;
  return model;
}

std::vector<Published> LargeOnes() {
  return {
      {"attractive 10x10", AttractiveGrid(10, 1000), 107.64506911, 102.45703125, 105.298205861, 106.413447261,
       117.191040856, 117.191040856},
      {"mixed 10x10", MixedGrid(10, 1000), 109.942954015, 88.4921875, 99.7576744585, 113.611906636, 132.971937593,
       132.971937593},
      {"weak 10x10", WeakGrid(), 75.2084567661, 45, 69.314718056, 74.8820827076, 79.2897140231, 79.2897140231},
  };
}

std::vector<Published> All() {
  std::vector<Published> all = SmallOnes();
  for (Published& one : LargeOnes()) all.push_back(std::move(one));
  return all;
}

TEST(PublishedBoundsTest, EliminationIsExact) {
  for (const Published& one : All()) {
    EXPECT_NEAR(LogZOf(one.model), one.exact, 1e-7) << one.name;
    EXPECT_NEAR(EliminatedMaximumOf(one.model), one.maximum, kDigits) << one.name;
  }
}

TEST(PublishedBoundsTest, TheMaximumIsThatOfAllStates) {
  for (const Published& one : All()) {
    EXPECT_NEAR(MaximumOf(one.model), one.maximum, kDigits) << one.name;
  }
}

TEST(PublishedBoundsTest, MeanFieldFindsTheBetterOptimum) {
  for (const Published& one : All()) {
    const double bound = MeanFieldOf(one.model).bound;
    EXPECT_GE(bound, one.mean_field - kPublishedDigits) << one.name;
    EXPECT_LE(bound, one.exact + kDigits) << one.name;
  }
}

TEST(PublishedBoundsTest, MeanFieldHasTheOptimumOfItsStart) {
  const auto from = [](const PairwiseModel& model, double mean) {
    return AscendFrom(model, std::vector<double>(model.fields.size(), mean), {})->bound;
  };
  EXPECT_NEAR(from(AttractiveGrid(4, 100), 0.9), 15.1336562405, kDigits);
  EXPECT_NEAR(from(AttractiveGrid(4, 100), -0.9), 14.4811087585, kDigits);
  EXPECT_NEAR(from(MixedGrid(4, 100), 0.9), 14.8046201266, kDigits);
  EXPECT_NEAR(from(MixedGrid(4, 100), -0.9), 15.2121920091, kDigits);
}

TEST(PublishedBoundsTest, BetheIsTheFixedPointOfBeliefPropagation) {
  for (const Published& one : All()) {
    const auto beliefs = BetheOf(one.model);
    ASSERT_TRUE(beliefs.ok()) << one.name << ": " << beliefs.status();
    EXPECT_NEAR(beliefs->value, one.bethe, kPublishedDigits) << one.name;
  }
}

TEST(PublishedBoundsTest, TreesBoundFromAboveAndBetterOnesBoundCloser) {
  for (const Published& one : SmallOnes()) {
    const auto bound = TreeReweightedBound(one.model, Unlimited);
    ASSERT_TRUE(bound.ok()) << one.name << ": " << bound.status();
    EXPECT_NEAR(bound->uniform, one.uniform_trees, kPublishedDigits) << one.name;
    EXPECT_LE(bound->best, one.best_trees + 1e-4) << one.name;
    EXPECT_GE(bound->best, one.exact - kDigits) << one.name;
  }
}

TEST(PublishedBoundsTest, UniformTreesBoundLargeGrids) {
  for (const Published& one : LargeOnes()) {
    const auto beliefs = BeliefsOf(one.model, UniformTreeProbabilities(one.model.sites(), one.model.edges));
    ASSERT_TRUE(beliefs.ok()) << one.name << ": " << beliefs.status();
    EXPECT_NEAR(beliefs->value, one.uniform_trees, kPublishedDigits) << one.name;
  }
}

// The bound is convex in the edge probabilities, with the derivatives -I: no distribution over trees has a bound lower
// than value - max over trees of the sum of I (1_tree - rho).
TEST(PublishedBoundsTest, NoTreesOfTheRestrictedOneBoundAsLowAsPublished) {
  const PairwiseModel model = RestrictedEightBySix();
  std::vector<double> rho = UniformTreeProbabilities(model.sites(), model.edges);
  double limit = 0;
  for (int k = 0; k < 200; ++k) {
    const Beliefs beliefs = *BeliefsOf(model, rho);
    const std::vector<double> tree = LargestSpanningTree(model.sites(), model.edges, beliefs.information);
    double gap = 0;
    for (size_t e = 0; e < rho.size(); ++e) gap += beliefs.information[e] * (tree[e] - rho[e]);
    limit = std::max(limit, beliefs.value - gap);
    for (size_t e = 0; e < rho.size(); ++e) rho[e] += 2.0 / (k + 8) * (tree[e] - rho[e]);
  }
  EXPECT_GT(limit, 16.398);
  EXPECT_LT(limit, 16.4069);
}

TEST(SpanningTreesTest, UniformTreesOfAGridHaveThePublishedEdges) {
  const std::vector<Edge> edges = reference::Grid(4, 4);
  const std::vector<double> probabilities = UniformTreeProbabilities(16, edges);
  double sum = 0;
  for (const double probability : probabilities) sum += probability;
  EXPECT_NEAR(sum, 15, 1e-12) << "a tree has 15 edges";
  EXPECT_NEAR(probabilities[0], 0.70089286, kDigits) << "at a corner";
  EXPECT_NEAR(probabilities[2], 0.66964286, kDigits) << "(1, 2)";
  EXPECT_NEAR(probabilities[3], 0.56696429, kDigits) << "(1, 5)";
}

struct PublishedMean {
  PairwiseModel model;
  double upper = 0;
  double error = 0;
  double lower = 0;
};

TEST(PublishedBoundsTest, PerturbedMaximaHaveThePublishedMeans) {
  const std::vector<PublishedMean> published = {{AttractiveGrid(4, 100), 17.872, .015, 14.218},
                                                {MixedGrid(4, 100), 18.169, .015, 12.926},
                                                {TreeOfEight(), 9.448, .020, 8.328},
                                                {CompleteTen(), 9.350, .027, 5.681},
                                                {RestrictedEightBySix(), 16.289, .025, 13.707}};
  for (const PublishedMean& one : published) {
    const MaximumSolver solver = *MaximumSolver::Create(one.model, PlanOf(one.model));
    const auto bounds =
        PerturbAndMap(one.model, solver, MeanFieldOf(one.model).means, {.draws = 4000, .seed = 5, .threads = 2});
    ASSERT_TRUE(bounds.ok());
    // 4 standard errors of the difference of two means; the lower bounds are published to three digits.
    EXPECT_NEAR(bounds->upper.mean, one.upper, 4 * std::hypot(bounds->upper.standard_error, one.error));
    EXPECT_NEAR(bounds->lower.mean, one.lower, 4 * bounds->lower.standard_error + 4 * one.error / 8);
  }
}

}  // namespace
}  // namespace ebm

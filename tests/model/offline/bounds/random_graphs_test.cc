// The order of bounds, and agreement with sums over all states, on random graphs.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/core/log_sum_exp.h"
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

constexpr uint32_t kGraphs = 200;
constexpr double kRounding = 1e-8;

template <typename Check>
void OnRandomGraphs(bool is_attractive, Check check) {
  for (uint32_t seed = 0; seed < kGraphs; ++seed) {
    SCOPED_TRACE(testing::Message() << "graph " << seed);
    const PairwiseModel model = RandomGraph(seed, is_attractive);
    const std::vector<double> all = LogDensitiesOf(model);
    check(model, LogSumExp(all), std::ranges::max(all));
  }
}

TEST(RandomGraphsTest, EliminationAndTheMaximumAreThoseOfAllStates) {
  OnRandomGraphs(false, [](const PairwiseModel& model, double log_z, double maximum) {
    EXPECT_NEAR(LogZOf(model), log_z, kRounding);
    EXPECT_NEAR(EliminatedMaximumOf(model), maximum, kRounding);
    EXPECT_NEAR(MaximumOf(model), maximum, kRounding);
    EXPECT_LE(log_z, maximum + static_cast<double>(model.sites()) * std::log(2) + kRounding);
  });
}

TEST(RandomGraphsTest, MeanFieldIsBelowAndTreesAreAbove) {
  int settled = 0;
  OnRandomGraphs(false, [&](const PairwiseModel& model, double log_z, double /*maximum*/) {
    EXPECT_LE(MeanFieldOf(model).bound, log_z + kRounding);
    const auto trees = TreeReweightedBound(model, Unlimited);
    if (!trees.ok()) return;
    ++settled;
    EXPECT_GE(trees->best, log_z - kRounding);
    EXPECT_LE(trees->best, trees->uniform);
  });
  EXPECT_GT(settled, 150) << "few graphs have couplings so strong that messages do not settle";
}

TEST(RandomGraphsTest, BetheIsBelowWhereCouplingsAttract) {
  OnRandomGraphs(true, [](const PairwiseModel& model, double log_z, double /*maximum*/) {
    const auto beliefs = BetheOf(model);
    if (!beliefs.ok()) return;
    EXPECT_LE(beliefs->value, log_z + kRounding);
  });
}

TEST(RandomGraphsTest, BetheAndTreesAreExactOnTrees) {
  OnRandomGraphs(false, [](PairwiseModel model, double /*log_z*/, double /*maximum*/) {
    const std::vector<double> in_tree = LargestSpanningTree(model.sites(), model.edges, model.couplings);
    PairwiseModel tree = {.fields = model.fields, .edges = {}, .couplings = {}};
    for (size_t e = 0; e < model.edges.size(); ++e) {
      if (in_tree[e] == 0) continue;
      tree.edges.push_back(model.edges[e]);
      tree.couplings.push_back(model.couplings[e]);
    }
    const double log_z = LogSumExp(LogDensitiesOf(tree));
    EXPECT_NEAR(BetheOf(tree)->value, log_z, kRounding);
    EXPECT_NEAR(TreeReweightedBound(tree, Unlimited)->best, log_z, kRounding);
  });
}

// Each bound is a mean of 400 draws: in expectation beyond ln Z, and less than 5 standard errors from that.
TEST(RandomGraphsTest, PerturbedMaximaEncloseLnZ) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const PairwiseModel model = RandomGraph(seed, false);
    const double log_z = LogSumExp(LogDensitiesOf(model));
    const auto bounds = *PerturbAndMap(model, *MaximumSolver::Create(model, PlanOf(model)), MeanFieldOf(model).means,
                                       {.draws = 400, .seed = seed});
    EXPECT_GE(bounds.upper.mean + 5 * bounds.upper.standard_error, log_z);
    EXPECT_LE(bounds.lower.mean - 5 * bounds.lower.standard_error, log_z);
  }
}

}  // namespace
}  // namespace ebm

// What is refused, and the table of bounds as a whole.

#include "model/offline/bounds/bounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/tree_bound.h"
#include "tests/model/offline/bounds/small_graphs.h"
#include "tests/reference/random_mlp.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

TEST(PairwiseModelTest, HasTheLogDensitiesOfTheBoltzmannMachine) {
  const reference::SmallBoltzmann machine(6, reference::Grid(2, 3));
  const std::vector<double> all = LogDensitiesOf(ModelOf(machine.Model()));
  size_t state = 0;
  machine.ForEachState([&](const std::vector<int>& x) { EXPECT_NEAR(all[state++], machine.LogDensity(x), 1e-12); });
}

TEST(PairwiseModelTest, RefusesModelsThatAreNotPairwise) {
  const auto refusal = [](const reference::TestModel& model) {
    return std::string(PairwiseModelOf(model.spec, model.tensors).status().message());
  };
  EXPECT_THAT(refusal(reference::SmallRbm({2, 3}, 2, 1).Model()), HasSubstr("coordinate 1 has 3 levels"));
  EXPECT_THAT(refusal(reference::SmallRbm({2, 2}, 2, 3).Model()), HasSubstr("the class of this one has 3 values"));
  EXPECT_THAT(refusal(reference::RandomMlp(1, {3, {4}, 2})), HasSubstr("the model's family is jem_mlp"));
}

TEST(EliminationTest, IsRefusedOnWideGraphs) {
  const EliminationPlan plan = PlanElimination(40, reference::CompleteGraph(40));
  EXPECT_GT(plan.width, kMaxEliminationWidth);
  EXPECT_TRUE(std::isinf(plan.work));
  EXPECT_EQ(PlanElimination(1000, {{0, 1}}).width, 2) << "sites without edges are eliminated alone";
}

// All couplings are -3: no state satisfies them, and the messages go round in circles.
TEST(BeliefPropagationTest, RefusesMessagesThatDoNotSettle) {
  PairwiseModel model = FormulaModel(12, reference::CompleteGraph(12), 100, 0.1);
  for (size_t e = 0; e < model.couplings.size(); ++e) model.couplings[e] = e % 3 == 0 ? 4 : -4;
  const auto beliefs = PropagateBeliefs(model, std::vector<double>(model.edges.size(), 1));
  EXPECT_FALSE(beliefs.ok());
  EXPECT_THAT(std::string(beliefs.status().message()), HasSubstr("the messages have not settled after"));
}

TEST(MaximumSolverTest, RefusesLargeDenseModels) {
  const PairwiseModel model = FormulaModel(40, reference::CompleteGraph(40), 100, 1);
  EXPECT_THAT(std::string(MaximumSolver::Create(model).status().message()),
              HasSubstr("no exact maximum: it takes 2^39 states"));
}

TEST(BoundsTest, TheBestOnesEncloseTheExactValue) {
  const Bounds bounds = *ComputeBounds(MixedGrid(4, 100), {.draws = 200, .seed = 2});
  EXPECT_EQ(bounds.Best(BoundKind::kLower)->method, "mean_field");
  EXPECT_NEAR(*bounds.Best(BoundKind::kExact)->value, 16.8396429387, 1e-7);
  EXPECT_EQ(bounds.Best(BoundKind::kUpper)->method, "perturb_and_map") << "of both signs, it is closer than trees";
  EXPECT_LE(*bounds.Best(BoundKind::kLower)->value, 16.8396429387);
  EXPECT_GE(*bounds.Best(BoundKind::kUpper)->value, 16.8396429387);
}

TEST(BoundsTest, WhatCannotBeHadHasItsReason) {
  const Bounds bounds = *ComputeBounds(FormulaModel(40, reference::CompleteGraph(40), 100, 1), {.draws = 100});
  EXPECT_EQ(bounds.Best(BoundKind::kExact), nullptr);
  EXPECT_NE(bounds.Best(BoundKind::kLower), nullptr);
  for (const Bound& bound : bounds.all) {
    if (bound.method != "perturb_and_map") continue;
    EXPECT_THAT(std::string(bound.value.status().message()), HasSubstr("2^39"));
  }
}

TEST(BoundsTest, HaveTheSameBitsOnAnyNumberOfThreads) {
  const Bounds alone = *ComputeBounds(CompleteTen(), {.draws = 150, .seed = 7, .threads = 1});
  const Bounds shared = *ComputeBounds(CompleteTen(), {.draws = 150, .seed = 7, .threads = 3});
  for (size_t i = 0; i < alone.all.size(); ++i) EXPECT_EQ(*alone.all[i].value, *shared.all[i].value);
}

TEST(BoundsTest, StopWhereTheyAreAskedTo) {
  EXPECT_TRUE(
      absl::IsCancelled(ComputeBounds(CompleteTen(), {.draws = 150, .stop_requested = [] { return true; }}).status()));
}

}  // namespace
}  // namespace ebm

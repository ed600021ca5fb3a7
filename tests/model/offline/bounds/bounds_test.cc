// What is refused, and the table of bounds as a whole.

#include "model/offline/bounds/bounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/tree_bound.h"
#include "model/offline/bounds/work_count.h"
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
  EXPECT_THAT(refusal(reference::RandomMlp(1, {3, {4}, 2})), HasSubstr("the model's is jem_mlp"));
}

TEST(EliminationTest, IsRefusedOnWideGraphs) {
  const EliminationPlan plan = *PlanElimination(40, reference::CompleteGraph(40), Unlimited);
  EXPECT_GT(plan.width, kMaxEliminationWidth);
  EXPECT_TRUE(std::isinf(plan.work));
  EXPECT_EQ(PlanElimination(1000, {{0, 1}}, Unlimited)->width, 2) << "sites without edges are eliminated alone";
}

// The operations that finding an order is said to take.
double PlanningWork(int64_t sites, const std::vector<Edge>& edges) {
  double sum = 0;
  const auto plan = PlanElimination(sites, edges, [&sum](double operations) {
    sum += operations;
    return absl::OkStatus();
  });
  EXPECT_TRUE(plan.ok());
  return sum;
}

std::vector<Edge> StarOf(int64_t sites) {
  std::vector<Edge> edges;
  for (int64_t leaf = 1; leaf < sites; ++leaf) edges.push_back({0, leaf});
  return edges;
}

TEST(EliminationTest, TakesTimeInProportionToTheSitesOfStarsAndOfGraphsAlmostWithoutEdges) {
  EXPECT_LT(PlanningWork(100'000, StarOf(100'000)), 1e3 * 100'000);
  EXPECT_LT(PlanningWork(100'000, {{0, 99'999}}), 1e3 * 100'000);
  const PairwiseModel star = FormulaModel(100'000, StarOf(100'000), 1, 1);
  double log_z = 0;
  for (const double hub : {-1.0, 1.0}) {
    double term = hub * star.fields[0];
    for (int64_t leaf = 1; leaf < star.sites(); ++leaf) {
      term += std::log(2 * std::cosh(star.fields[leaf] + hub * star.couplings[leaf - 1]));
    }
    log_z = log_z == 0 ? term : std::max(log_z, term) + std::log1p(std::exp(-std::abs(log_z - term)));
  }
  EXPECT_NEAR(LogZOf(star), log_z, 1e-10 * std::abs(log_z));
}

TEST(EliminationTest, ItsWorkIsThatOfEveryTableThatIsAdded) {
  // A complete graph of 20: one table of 20 sites, to which 19 edges and a field are added; the rest is smaller.
  const PairwiseModel complete = FormulaModel(20, reference::CompleteGraph(20), 1, 1);
  EXPECT_GT(PlanOf(complete).work, std::exp2(20) * (19 * 2 + 1));
  EXPECT_LT(PlanOf(complete).work, 3 * std::exp2(20) * (19 * 2 + 1));
}

// Each of a thousand sites is eliminated together with the same 23, and leaves a table of 2^23 entries for later.
TEST(EliminationTest, TablesThatWaitForALaterStepAreLimited) {
  std::vector<Edge> edges;
  for (int64_t hub = 0; hub < 23; ++hub) {
    for (int64_t leaf = 23; leaf < 1023; ++leaf) edges.push_back({hub, leaf});
  }
  const EliminationPlan plan = *PlanElimination(1023, edges, Unlimited);
  EXPECT_EQ(plan.width, 24);
  EXPECT_TRUE(std::isinf(plan.work));
}

TEST(EliminationTest, CountsItsWorkBeforeItIsDone) {
  const PairwiseModel complete = CompleteTen();
  const EliminationPlan plan = PlanOf(complete);
  double counted = 0;
  const auto log_z = LogZByElimination(complete, plan, [&counted](double operations) {
    counted += operations;
    return absl::OkStatus();
  });
  ASSERT_TRUE(log_z.ok());
  EXPECT_LE(counted, plan.work);
  EXPECT_TRUE(absl::IsResourceExhausted(LogZByElimination(complete, plan, LimitedWork(counted / 2, {})).status()));
}

TEST(EliminationTest, AnOrderThatTakesTooLongToFindIsNoPlan) {
  EXPECT_TRUE(std::isinf(PlanElimination(1000, StarOf(1000), LimitedWork(1000, {}))->work));
  EXPECT_TRUE(absl::IsCancelled(PlanElimination(10, StarOf(10), LimitedWork(1e9, [] { return true; })).status()));
}

// All couplings are -3: no state satisfies them, and the messages go round in circles.
TEST(BeliefPropagationTest, RefusesMessagesThatDoNotSettle) {
  PairwiseModel model = FormulaModel(12, reference::CompleteGraph(12), 100, 0.1);
  for (size_t e = 0; e < model.couplings.size(); ++e) model.couplings[e] = e % 3 == 0 ? 4 : -4;
  const auto beliefs = BetheOf(model);
  EXPECT_FALSE(beliefs.ok());
  EXPECT_THAT(std::string(beliefs.status().message()), HasSubstr("the messages have not settled after"));
}

TEST(MaximumSolverTest, RefusesLargeDenseModels) {
  const PairwiseModel model = FormulaModel(40, reference::CompleteGraph(40), 100, 1);
  EXPECT_THAT(std::string(MaximumSolver::Create(model, PlanOf(model)).status().message()),
              HasSubstr("no exact maximum: it takes more than 1e+09 operations, over the states of 30 or more units"));
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
    EXPECT_THAT(std::string(bound.value.status().message()), HasSubstr("over the states of 30 or more units"));
  }
}

TEST(BoundsTest, HaveTheSameBitsOnAnyNumberOfThreads) {
  const Bounds alone = *ComputeBounds(CompleteTen(), {.draws = 150, .seed = 7, .threads = 1});
  const Bounds shared = *ComputeBounds(CompleteTen(), {.draws = 150, .seed = 7, .threads = 3});
  for (size_t i = 0; i < alone.all.size(); ++i) EXPECT_EQ(*alone.all[i].value, *shared.all[i].value);
}

// Asked once more each time, so that every method is stopped in its turn.
TEST(BoundsTest, StopWhereTheyAreAskedTo) {
  int questions = 0;
  const auto bounds_unless = [&questions](int most) {
    questions = 0;
    return ComputeBounds(CompleteTen(),
                         {.draws = 150, .stop_requested = [&questions, most] { return ++questions > most; }});
  };
  ASSERT_TRUE(bounds_unless(std::numeric_limits<int>::max()).ok());
  const int all = questions;
  for (int most = 0; most < all; most += 1 + most / 8) {
    EXPECT_TRUE(absl::IsCancelled(bounds_unless(most).status())) << most << " of " << all;
  }
}

TEST(BoundsTest, MethodsThatWouldTakeTooLongSaySo) {
  const PairwiseModel model = CompleteTen();
  EXPECT_THAT(std::string(PropagateBeliefs(model, std::vector<double>(model.edges.size(), 1), {}, LimitedWork(1e5, {}))
                              .status()
                              .message()),
              HasSubstr("it takes more than 1e+05 operations"));
  EXPECT_TRUE(absl::IsResourceExhausted(TreeReweightedBound(model, LimitedWork(1e5, {})).status()));
  // Enough for the uniform trees, and not for all steps.
  const TreeBound some = *TreeReweightedBound(model, LimitedWork(2e7, {}));
  const TreeBound all = *TreeReweightedBound(model, LimitedWork(1e12, {}));
  EXPECT_LT(some.steps, all.steps);
  EXPECT_EQ(some.uniform, all.uniform);
}

// 90 graphs of 24 sites side by side: narrow enough each, and too much together.
TEST(BoundsTest, EliminationIsRefusedByItsWork) {
  std::vector<Edge> edges;
  constexpr int64_t kParts = 90;
  for (int64_t graph = 0; graph < kParts; ++graph) {
    for (const auto& [low, high] : reference::CompleteGraph(24)) edges.push_back({24 * graph + low, 24 * graph + high});
  }
  PairwiseModel model = FormulaModel(24 * kParts, std::move(edges), 1, 0.1);
  std::ranges::fill(model.couplings, 0.001);
  const Bounds bounds = *ComputeBounds(model, {.draws = 100});
  EXPECT_EQ(bounds.Best(BoundKind::kExact), nullptr);
  for (const Bound& bound : bounds.all) {
    if (bound.kind != BoundKind::kExact) continue;
    EXPECT_THAT(std::string(bound.value.status().message()), HasSubstr("elimination takes more than 3e+10"));
  }
}

TEST(BoundsTest, DrawsThatContradictACertainBoundAreRefused) {
  // One spin: the upper bound over draws has the mean ln Z, which the lower bound of mean field has as well.
  PairwiseModel spin = {.fields = {0.3}, .edges = {}, .couplings = {}};
  int refused = 0;
  constexpr int kSeeds = 4000;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Bounds bounds = *ComputeBounds(spin, {.draws = 100, .seed = seed});
    const Bound* const upper = bounds.Best(BoundKind::kUpper);
    ASSERT_NE(upper, nullptr) << "trees bound it";
    EXPECT_GE(*upper->value, *bounds.Best(BoundKind::kLower)->value - 1e-12);
    refused += bounds.all.back().value.ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, kSeeds / 100) << "about once in 740 times";
}

}  // namespace
}  // namespace ebm

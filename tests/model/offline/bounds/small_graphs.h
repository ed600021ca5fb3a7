// Small pairwise models, given by the formula of small_rbm.h or at random, and the sum over their states.

#ifndef EBM_TESTS_MODEL_OFFLINE_BOUNDS_SMALL_GRAPHS_H_
#define EBM_TESTS_MODEL_OFFLINE_BOUNDS_SMALL_GRAPHS_H_

#include <cmath>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/elimination_plan.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/mean_field.h"
#include "model/offline/bounds/pairwise_model.h"
#include "tests/reference/small_boltzmann.h"

namespace ebm {

using reference::Formula;

// J_e = g(1 + e), h_i = scale g(first_field + i).
inline PairwiseModel FormulaModel(int64_t sites, std::vector<Edge> edges, int first_field, double scale) {
  PairwiseModel model;
  for (int64_t i = 0; i < sites; ++i) model.fields.push_back(scale * Formula(first_field + static_cast<int>(i)));
  for (int e = 0; e < std::ssize(edges); ++e) model.couplings.push_back(Formula(1 + e));
  model.edges = std::move(edges);
  return model;
}

// Couplings of both signs, and attractive ones: .25 + |g| / 2, rounded to 1/64.
inline PairwiseModel MixedGrid(int side, int first_field) {
  return FormulaModel(side * side, reference::Grid(side, side), first_field, 0.5);
}
inline PairwiseModel AttractiveGrid(int side, int first_field) {
  PairwiseModel model = FormulaModel(side * side, reference::Grid(side, side), first_field, 0.25);
  for (double& coupling : model.couplings) coupling = std::nearbyint(64 * (0.25 + std::abs(coupling) / 2)) / 64;
  return model;
}

inline PairwiseModel TreeOfEight() {
  return FormulaModel(8, {{0, 1}, {0, 2}, {1, 3}, {1, 4}, {2, 5}, {2, 6}, {3, 7}}, 100, 1);
}

inline PairwiseModel ModelOf(const reference::TestModel& model) { return *PairwiseModelOf(model.spec, model.tensors); }
inline PairwiseModel CompleteTen() {
  return ModelOf(reference::SmallBoltzmann(10, reference::CompleteGraph(10)).Model());
}
inline PairwiseModel RestrictedEightBySix() { return ModelOf(reference::SmallRbm(std::vector(8, 2), 6, 1).Model()); }

// Nothing here is limited or stopped.
inline absl::Status Unlimited(double /*operations*/) { return absl::OkStatus(); }

inline EliminationPlan PlanOf(const PairwiseModel& model) {
  return *PlanElimination(model.sites(), model.edges, Unlimited);
}
inline double LogZOf(const PairwiseModel& model) { return *LogZByElimination(model, PlanOf(model), Unlimited); }
inline double EliminatedMaximumOf(const PairwiseModel& model) {
  return *MaximumByElimination(model, model.fields, PlanOf(model), Unlimited);
}
inline double MaximumOf(const PairwiseModel& model) {
  return *MaximumSolver::Create(model, PlanOf(model))->Maximum(model.fields, {});
}
inline MeanField MeanFieldOf(const PairwiseModel& model) { return *BestMeanField(model, 1, {}); }
inline absl::StatusOr<Beliefs> BeliefsOf(const PairwiseModel& model, const std::vector<double>& rho) {
  return PropagateBeliefs(model, rho, {}, Unlimited);
}
inline absl::StatusOr<Beliefs> BetheOf(const PairwiseModel& model) {
  return BeliefsOf(model, std::vector<double>(model.edges.size(), 1));
}

// ln p~ in every state, bit i of the number being the spin i.
inline std::vector<double> LogDensitiesOf(const PairwiseModel& model) {
  std::vector<double> all;
  for (int64_t state = 0; state < int64_t{1} << model.sites(); ++state) {
    const auto spin = [state](int64_t site) { return (state >> site & 1) == 1 ? 1.0 : -1.0; };
    double sum = model.constant;
    for (int64_t i = 0; i < model.sites(); ++i) sum += model.fields[i] * spin(i);
    for (size_t e = 0; e < model.edges.size(); ++e) {
      sum += model.couplings[e] * spin(model.edges[e][0]) * spin(model.edges[e][1]);
    }
    all.push_back(sum);
  }
  return all;
}

// A graph of 2 to 10 sites whose pairs are joined with a random probability, and couplings and fields up to 2.
inline PairwiseModel RandomGraph(uint32_t seed, bool is_attractive) {
  std::mt19937 random(seed);
  const auto uniform = [&random](double low, double high) {
    return low + (high - low) * (static_cast<double>(random()) + 0.5) / 4294967296.0;
  };
  const auto sites = static_cast<int64_t>(uniform(2, 11));
  const double density = uniform(0.2, 1);
  const double strength = uniform(0.1, 2);
  PairwiseModel model;
  for (int64_t i = 0; i < sites; ++i) model.fields.push_back(uniform(-2, 2));
  for (int64_t i = 0; i < sites; ++i) {
    for (int64_t j = i + 1; j < sites; ++j) {
      const bool is_last = model.edges.empty() && i + 2 == sites;
      if (!is_last && uniform(0, 1) > density) continue;
      model.edges.push_back({i, j});
      model.couplings.push_back(uniform(is_attractive ? 0 : -strength, strength));
    }
  }
  return model;
}

}  // namespace ebm

#endif  // EBM_TESTS_MODEL_OFFLINE_BOUNDS_SMALL_GRAPHS_H_

#include "model/offline/bounds/tree_bound.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/spanning_trees.h"

namespace ebm {
namespace {

constexpr int kSteps = 60;
constexpr double kStepNumerator = 2;
constexpr double kStepOffset = 8;
// Messages along rarer edges hardly settle.
constexpr double kLeastProbability = 1e-3;

std::vector<double> Towards(const std::vector<double>& tree, double step, std::vector<double> rho) {
  for (size_t e = 0; e < rho.size(); ++e) rho[e] += step * (tree[e] - rho[e]);
  return rho;
}

}  // namespace

absl::StatusOr<TreeBound> TreeReweightedBound(const PairwiseModel& model, const WorkCount& count) {
  if (model.sites() > kMostSitesOfTrees) {
    return absl::FailedPreconditionError(
        absl::StrCat("the model has ", model.sites(), " units; at most ", kMostSitesOfTrees, " are done"));
  }
  std::vector<double> rho = UniformTreeProbabilities(model.sites(), model.edges);
  EBM_ASSIGN_OR_RETURN(Beliefs beliefs, PropagateBeliefs(model, rho, {}, count));
  TreeBound bound = {.uniform = beliefs.value, .best = beliefs.value};
  for (int k = 0; k < kSteps; ++k) {
    const std::vector<double> tree = LargestSpanningTree(model.sites(), model.edges, beliefs.information);
    rho = Towards(tree, kStepNumerator / (k + kStepOffset), std::move(rho));
    if (std::ranges::any_of(rho, [](double probability) { return probability < kLeastProbability; })) break;
    absl::StatusOr<Beliefs> next = PropagateBeliefs(model, rho, std::move(beliefs.messages), count);
    if (absl::IsCancelled(next.status())) return next.status();
    if (!next.ok()) break;
    beliefs = *std::move(next);
    bound.best = std::min(bound.best, beliefs.value);
    bound.steps = k + 1;
  }
  return bound;
}

}  // namespace ebm

#include "model/offline/bounds/bounds.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/mean_field.h"
#include "model/offline/bounds/tree_bound.h"

namespace ebm {
namespace {

// By which a mean over draws is moved to be claimed as a bound: a normal mean is further off once in 740.
constexpr double kErrorsClaimed = 3;

// Operations that all draws may take: minutes.
constexpr double kMostPerturbationWork = 3e11;

absl::StatusOr<double> Exact(const PairwiseModel& model) {
  const EliminationPlan plan = PlanElimination(model.sites(), model.edges);
  if (plan.width <= kMaxEliminationWidth) return LogZByElimination(model, plan);
  return absl::FailedPreconditionError(
      absl::StrFormat("elimination takes tables of more than %d units", kMaxEliminationWidth));
}

absl::StatusOr<double> Bethe(const PairwiseModel& model) {
  EBM_ASSIGN_OR_RETURN(const Beliefs beliefs, PropagateBeliefs(model, std::vector<double>(model.edges.size(), 1)));
  return beliefs.value;
}

absl::Status CheckPerturbation(const MaximumSolver& solver, const PerturbationOptions& options) {
  if (2 * options.draws * solver.work() <= kMostPerturbationWork) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat("%d draws take %.2g operations; at most %.2g are done",
                                                       options.draws, 2 * options.draws * solver.work(),
                                                       kMostPerturbationWork));
}

// The maximum, and the two bounds of perturb and MAP. Errors: Cancelled.
absl::Status AddMaxima(const PairwiseModel& model, const std::vector<double>& means, const PerturbationOptions& options,
                       Bounds& bounds) {
  Bound maximum = {.method = "maximum", .kind = BoundKind::kLower, .value = 0};
  Bound lower = {.method = "perturb_and_map", .kind = BoundKind::kLower, .value = 0};
  Bound upper = {.method = "perturb_and_map", .kind = BoundKind::kUpper, .value = 0};
  const absl::StatusOr<MaximumSolver> solver = MaximumSolver::Create(model);
  absl::Status status = solver.status();
  maximum.value = status.ok() ? absl::StatusOr<double>(solver->Maximum(model)) : status;
  if (status.ok()) status = CheckPerturbation(*solver, options);
  if (status.ok()) {
    EBM_ASSIGN_OR_RETURN(const PerturbationBounds drawn, PerturbAndMap(model, *solver, means, options));
    lower.value = drawn.lower.mean - kErrorsClaimed * drawn.lower.standard_error;
    lower.standard_error = drawn.lower.standard_error;
    upper.value = drawn.upper.mean + kErrorsClaimed * drawn.upper.standard_error;
    upper.standard_error = drawn.upper.standard_error;
  } else {
    lower.value = status;
    upper.value = status;
  }
  bounds.all.insert(bounds.all.begin(), {std::move(maximum), std::move(lower)});
  bounds.all.push_back(std::move(upper));
  return absl::OkStatus();
}

}  // namespace

const char* NameOf(BoundKind kind) {
  switch (kind) {
    case BoundKind::kLower:
      return "lower";
    case BoundKind::kExact:
      return "exact";
    case BoundKind::kApproximation:
      return "approximation";
    case BoundKind::kUpper:
      return "upper";
  }
  return "unknown";
}

const Bound* Bounds::Best(BoundKind kind) const {
  const Bound* best = nullptr;
  for (const Bound& bound : all) {
    if (bound.kind != kind || !bound.value.ok()) continue;
    const bool tells_more =
        best != nullptr && (kind == BoundKind::kUpper ? *bound.value < *best->value : *bound.value > *best->value);
    if (best == nullptr || tells_more) best = &bound;
  }
  return best;
}

absl::StatusOr<Bounds> ComputeBounds(const PairwiseModel& model, const PerturbationOptions& options) {
  const MeanField mean_field = BestMeanField(model, options.seed);
  Bounds bounds;
  bounds.all = {{.method = "mean_field", .kind = BoundKind::kLower, .value = mean_field.bound},
                {.method = "exact", .kind = BoundKind::kExact, .value = Exact(model)},
                {.method = "bethe", .kind = BoundKind::kApproximation, .value = Bethe(model)}};
  const absl::StatusOr<TreeBound> trees = TreeReweightedBound(model);
  bounds.all.push_back({.method = "tree_reweighted",
                        .kind = BoundKind::kUpper,
                        .value = trees.ok() ? absl::StatusOr<double>(trees->best) : trees.status()});
  EBM_RETURN_IF_ERROR(AddMaxima(model, mean_field.means, options, bounds));
  return bounds;
}

}  // namespace ebm

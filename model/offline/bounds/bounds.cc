#include "model/offline/bounds/bounds.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/belief_propagation.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/maximum.h"
#include "model/offline/bounds/mean_field.h"
#include "model/offline/bounds/tree_bound.h"
#include "model/offline/bounds/work_count.h"

namespace ebm {
namespace {

// By which a mean over draws is moved to be claimed as a bound: a normal mean is further off once in 740.
constexpr double kErrorsClaimed = 3;

// The relative difference that rounding may make between two values that are equal.
constexpr double kRounding = 1e-9;

// Operations: minutes of all draws, and a minute or less of one bound.
constexpr double kMostPerturbationWork = 3e11;
constexpr double kMostEliminationWork = 3e10;
constexpr double kMostPlanWork = 3e10;

absl::StatusOr<double> Exact(const PairwiseModel& model, const EliminationPlan& plan,
                             const std::function<bool()>& stop_requested) {
  if (plan.width > kMaxEliminationWidth) {
    return absl::FailedPreconditionError(
        absl::StrFormat("elimination takes tables of more than %d units", kMaxEliminationWidth));
  }
  if (plan.work > kMostEliminationWork) {
    return absl::FailedPreconditionError(
        absl::StrFormat("elimination takes more than %.2g operations", kMostEliminationWork));
  }
  return LogZByElimination(model, plan, LimitedWork(2 * kMostEliminationWork, stop_requested));
}

absl::StatusOr<double> Bethe(const PairwiseModel& model, const WorkCount& count) {
  EBM_ASSIGN_OR_RETURN(const Beliefs beliefs,
                       PropagateBeliefs(model, std::vector<double>(model.edges.size(), 1), {}, count));
  return beliefs.value;
}

absl::Status CheckPerturbation(const MaximumSolver& solver, const PerturbationOptions& options) {
  if (2 * options.draws * solver.work() <= kMostPerturbationWork) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat("%d draws take %.2g operations; at most %.2g are done",
                                                       options.draws, 2 * options.draws * solver.work(),
                                                       kMostPerturbationWork));
}

// The maximum, and the two bounds of perturb and MAP. Errors: Cancelled.
absl::Status AddMaxima(const PairwiseModel& model, const absl::StatusOr<MaximumSolver>& solver,
                       const std::vector<double>& means, const PerturbationOptions& options, Bounds& bounds) {
  Bound maximum = {.method = "maximum", .kind = BoundKind::kLower, .value = 0};
  Bound lower = {.method = "perturb_and_map", .kind = BoundKind::kLower, .value = 0};
  Bound upper = {.method = "perturb_and_map", .kind = BoundKind::kUpper, .value = 0};
  absl::Status status = solver.status();
  maximum.value = status.ok() ? solver->Maximum(model.fields, options.stop_requested) : status;
  if (absl::IsCancelled(maximum.value.status())) return maximum.value.status();
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

// The best bound of a kind among those without draws, of which an exact value is one; otherwise `none`.
double BestCertain(const Bounds& bounds, BoundKind kind, double none) {
  double best = none;
  for (const Bound& bound : bounds.all) {
    const bool counts = bound.kind == kind || bound.kind == BoundKind::kExact;
    if (!counts || !bound.value.ok() || bound.standard_error.has_value()) continue;
    best = kind == BoundKind::kUpper ? std::min(best, *bound.value) : std::max(best, *bound.value);
  }
  return best;
}

// A bound over draws that lies on the wrong side of a certain one is the rare one that is not within its errors.
void RefuseContradicted(Bounds& bounds) {
  const double lower = BestCertain(bounds, BoundKind::kLower, -std::numeric_limits<double>::infinity());
  const double upper = BestCertain(bounds, BoundKind::kUpper, std::numeric_limits<double>::infinity());
  for (Bound& bound : bounds.all) {
    if (!bound.standard_error.has_value()) continue;
    const double slack = kRounding * (1 + std::abs(*bound.value));
    const bool is_contradicted =
        bound.kind == BoundKind::kUpper ? *bound.value < lower - slack : *bound.value > upper + slack;
    if (!is_contradicted) continue;
    bound.value = absl::FailedPreconditionError(
        absl::StrFormat("its value, %.6f, contradicts a certain bound, which draws do about once in 740 times; try "
                        "another seed",
                        *bound.value));
  }
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
  const std::function<bool()>& stop = options.stop_requested;
  EBM_ASSIGN_OR_RETURN(const MeanField mean_field, BestMeanField(model, options.seed, stop));
  EBM_ASSIGN_OR_RETURN(const EliminationPlan plan,
                       PlanElimination(model.sites(), model.edges, LimitedWork(kMostPlanWork, stop)));
  Bounds bounds;
  bounds.all = {{.method = "mean_field", .kind = BoundKind::kLower, .value = mean_field.bound},
                {.method = "exact", .kind = BoundKind::kExact, .value = Exact(model, plan, stop)},
                {.method = "bethe",
                 .kind = BoundKind::kApproximation,
                 .value = Bethe(model, LimitedWork(kMostMessageWork, stop))}};
  const absl::StatusOr<TreeBound> trees = TreeReweightedBound(model, LimitedWork(kMostMessageWork, stop));
  bounds.all.push_back({.method = "tree_reweighted",
                        .kind = BoundKind::kUpper,
                        .value = trees.ok() ? absl::StatusOr<double>(trees->best) : trees.status()});
  for (const Bound& bound : bounds.all) {
    if (absl::IsCancelled(bound.value.status())) return bound.value.status();
  }
  EBM_RETURN_IF_ERROR(AddMaxima(model, MaximumSolver::Create(model, plan), mean_field.means, options, bounds));
  RefuseContradicted(bounds);
  return bounds;
}

}  // namespace ebm

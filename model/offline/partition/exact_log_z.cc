#include "model/offline/partition/exact_log_z.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/pairwise_model.h"
#include "model/offline/bounds/work_count.h"
#include "model/offline/partition/gray_code_sum.h"
#include "model/offline/partition/hidden_state.h"
#include "model/offline/partition/site_state.h"
#include "model/spec/indicators.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

// The units whose states are summed over; 0 for a family that has no such sum.
int64_t UnitsOf(const ModelSpec& spec) {
  if (const auto* const rbm = std::get_if<RbmSpec>(&spec.network)) return rbm->hidden_units;
  if (const auto* const rbm = std::get_if<GaussianRbmSpec>(&spec.network)) return rbm->hidden_units;
  return std::holds_alternative<BoltzmannSpec>(spec.network) ? spec.dimension() : 0;
}

// The exponentials of one state, or what takes as long: half of a site's neighbours have to be added.
double WorkOfState(const ModelSpec& spec) {
  constexpr double kAdditions = 16;  // take about as long as an exponential
  if (const auto* const sites = std::get_if<BoltzmannSpec>(&spec.network)) {
    const auto dimension = static_cast<double>(spec.dimension());
    const auto edges = static_cast<double>(EdgeCount(*sites, spec.dimension()));
    return 1 + 2 * edges / dimension / kAdditions;
  }
  const int64_t classes = spec.num_classes() > 1 ? spec.num_classes() : 0;
  if (std::holds_alternative<GaussianRbmSpec>(spec.network)) {
    return 1 + static_cast<double>(classes) + static_cast<double>(spec.dimension()) / kAdditions;
  }
  return static_cast<double>(Indicators(spec).count() + classes);
}

double WorkOfStates(const ModelSpec& spec) {
  const int64_t units = UnitsOf(spec);
  if (units == 0) return ExactPlan().states_work;
  return std::exp2(static_cast<double>(units)) * WorkOfState(spec);
}

// Operations that finding an order of elimination may take, seconds.
constexpr double kMostPlanWork = 1e10;

absl::StatusOr<double> SumOverStates(const ModelSpec& spec, const std::vector<NamedTensor>& tensors, int threads,
                                     const AnnealingCallbacks& callbacks) {
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  const int64_t units = UnitsOf(spec);
  if (!std::holds_alternative<BoltzmannSpec>(spec.network)) {
    return LogSumOverStates<HiddenState>(RbmParameters(spec, found), units, threads, callbacks);
  }
  return LogSumOverStates<SiteState>(SiteParameters(spec, found), units, threads, callbacks);
}

absl::StatusOr<double> SumByElimination(const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                        const EliminationPlan& plan, const AnnealingCallbacks& callbacks) {
  EBM_ASSIGN_OR_RETURN(const PairwiseModel model, PairwiseModelOf(spec, tensors));
  ProgressMeter meter(callbacks, AnnealingStage::kAnnealing, plan.work);
  return LogZByElimination(model, plan, [&meter](double operations) { return meter.Advance(operations); });
}

}  // namespace

double ExactPlan::work() const { return std::min(states_work, elimination_work); }

absl::StatusOr<ExactPlan> PlanExactLogZ(const ModelSpec& spec, const std::function<bool()>& stop_requested) {
  constexpr double kOperations = 8;  // of elimination take about as long as an exponential
  ExactPlan plan = {.states_work = WorkOfStates(spec)};
  // The graph of a model with hidden units is never narrow.
  const auto* const sites = std::get_if<BoltzmannSpec>(&spec.network);
  if (sites == nullptr) return plan;
  EBM_ASSIGN_OR_RETURN(plan.elimination, PlanElimination(spec.dimension(), EdgesOf(*sites, spec.dimension()),
                                                         LimitedWork(kMostPlanWork, stop_requested)));
  plan.elimination_work = plan.elimination.work / kOperations;
  return plan;
}

absl::StatusOr<double> ExactLogZ(const ExactPlan& plan, const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                 int threads, const AnnealingCallbacks& callbacks) {
  if (UnitsOf(spec) == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("family ", spec.family(), " has no exact sum; Boltzmann machines have one"));
  }
  if (!(plan.work() <= kMostExactWork)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the sum over all states takes %.3g exponentials; at most %.3g are done, for about 30 hidden "
        "units of families %s and %s, and 38 coordinates or a narrow graph of family %s",
        plan.work(), kMostExactWork, RbmSpec::kFamily, GaussianRbmSpec::kFamily, BoltzmannSpec::kFamily));
  }
  const absl::StatusOr<double> log_z = plan.elimination_work <= plan.states_work
                                           ? SumByElimination(spec, tensors, plan.elimination, callbacks)
                                           : SumOverStates(spec, tensors, threads, callbacks);
  if (!log_z.ok() || std::isfinite(*log_z)) return log_z;
  return absl::FailedPreconditionError(absl::StrFormat("ln Z is %g; it must be finite", *log_z));
}

}  // namespace ebm

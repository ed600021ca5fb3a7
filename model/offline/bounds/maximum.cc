#include "model/offline/bounds/maximum.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/elimination.h"
#include "model/offline/bounds/work_count.h"

namespace ebm {
namespace {

// More units than can be enumerated: 2^30 states are more than kMostMaximumWork.
constexpr int64_t kTooManyToEnumerate = 30;

// Sites without which no edge is left: site by site, the one with the most edges that are left. In a bipartite graph
// with all edges, this is the smaller part. The list ends at kTooManyToEnumerate.
std::vector<int64_t> CoverOf(const PairwiseModel& model, const std::vector<std::vector<int64_t>>& edges_of) {
  std::vector<bool> is_covered(model.edges.size());
  std::vector<int64_t> degrees;
  degrees.reserve(edges_of.size());
  for (const std::vector<int64_t>& edges : edges_of) degrees.push_back(std::ssize(edges));
  std::vector<int64_t> cover;
  while (std::ssize(cover) < kTooManyToEnumerate) {
    const auto largest = std::ranges::max_element(degrees);
    if (largest == degrees.end() || *largest == 0) break;
    const int64_t site = largest - degrees.begin();
    cover.push_back(site);
    for (const int64_t e : edges_of[site]) {
      if (is_covered[e]) continue;
      is_covered[e] = true;
      for (const int64_t end : model.edges[e]) --degrees[end];
    }
  }
  std::ranges::sort(cover);
  return cover;
}

}  // namespace

absl::StatusOr<MaximumSolver> MaximumSolver::Create(const PairwiseModel& model, const EliminationPlan& plan) {
  MaximumSolver solver(model);
  solver.edges_of_ = EdgesOfSites(model);
  solver.enumerated_ = CoverOf(model, solver.edges_of_);
  const double by_enumeration =
      std::exp2(static_cast<double>(solver.enumerated_.size())) * static_cast<double>(model.sites());
  solver.work_ = std::min(plan.work, by_enumeration);
  if (!(solver.work_ <= kMostMaximumWork)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "no exact maximum: it takes more than %.2g operations, over the states of %d or more units or by elimination",
        kMostMaximumWork, solver.enumerated_.size()));
  }
  if (plan.work <= by_enumeration) {
    solver.eliminates_ = true;
    solver.plan_ = plan;
    return solver;
  }
  for (int64_t site = 0; site < model.sites(); ++site) {
    if (!std::ranges::binary_search(solver.enumerated_, site)) solver.free_.push_back(site);
  }
  return solver;
}

absl::StatusOr<double> MaximumSolver::Maximum(std::span<const double> fields,
                                              const std::function<bool()>& stop_requested) const {
  const WorkCount count = LimitedWork(2 * kMostMaximumWork, stop_requested);
  return eliminates_ ? MaximumByElimination(*model_, fields, plan_, count) : MaximumOverStates(fields, count);
}

// Successive states differ in one spin (a Gray code). fields: of every site, with the enumerated spins as they are and
// without the others.
absl::StatusOr<double> MaximumSolver::MaximumOverStates(std::span<const double> own_fields,
                                                        const WorkCount& count) const {
  constexpr uint64_t kStatesPerCount = 1 << 14;
  std::vector<double> spins(own_fields.size(), 0);
  std::vector<double> fields(own_fields.begin(), own_fields.end());
  double energy = model_->constant;  // of the enumerated spins among themselves
  const auto set = [&](int64_t site, double spin) {
    energy += (spin - spins[site]) * fields[site];
    for (const int64_t e : edges_of_[site]) {
      fields[OtherEnd(model_->edges[e], site)] += model_->couplings[e] * (spin - spins[site]);
    }
    spins[site] = spin;
  };
  for (const int64_t site : enumerated_) set(site, -1);
  const auto value = [&] {
    double sum = energy;
    for (const int64_t site : free_) sum += std::abs(fields[site]);
    return sum;
  };
  double largest = value();
  const uint64_t states = uint64_t{1} << enumerated_.size();
  for (uint64_t number = 1; number < states; ++number) {
    if (number % kStatesPerCount == 0) {
      EBM_RETURN_IF_ERROR(count(static_cast<double>(kStatesPerCount * fields.size())));
    }
    const int64_t site = enumerated_[std::countr_zero(number)];
    set(site, -spins[site]);
    largest = std::max(largest, value());
  }
  return largest;
}

}  // namespace ebm

#include "model/offline/bounds/maximum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

namespace ebm {
namespace {

// Sites without which no edge is left: site by site, the one with the most edges that are left. In a bipartite graph
// with all edges, this is the smaller part.
std::vector<int64_t> CoverOf(const PairwiseModel& model, const std::vector<std::vector<int64_t>>& edges_of) {
  std::vector<bool> is_covered(model.edges.size());
  std::vector<int64_t> degrees;
  degrees.reserve(edges_of.size());
  for (const std::vector<int64_t>& edges : edges_of) degrees.push_back(std::ssize(edges));
  std::vector<int64_t> cover;
  for (;;) {
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

absl::StatusOr<MaximumSolver> MaximumSolver::Create(const PairwiseModel& model) {
  MaximumSolver solver;
  solver.edges_of_ = EdgesOfSites(model);
  solver.plan_ = PlanElimination(model.sites(), model.edges);
  const double by_elimination = solver.plan_.work * static_cast<double>(solver.plan_.width);
  solver.enumerated_ = CoverOf(model, solver.edges_of_);
  const auto bits = static_cast<double>(solver.enumerated_.size());
  const double by_enumeration = std::exp2(bits) * static_cast<double>(model.sites());
  solver.work_ = std::min(by_elimination, by_enumeration);
  if (!(solver.work_ <= kMostMaximumWork)) {
    return absl::FailedPreconditionError(
        absl::StrFormat("no exact maximum: it takes 2^%.0f states of the units that have all couplings, or tables of "
                        "more than %d units",
                        bits, kMaxEliminationWidth));
  }
  if (by_elimination <= by_enumeration) {
    solver.enumerated_.clear();
    return solver;
  }
  for (int64_t site = 0; site < model.sites(); ++site) {
    if (!std::ranges::binary_search(solver.enumerated_, site)) solver.free_.push_back(site);
  }
  return solver;
}

double MaximumSolver::Maximum(const PairwiseModel& model) const {
  return enumerated_.empty() ? MaximumByElimination(model, plan_) : MaximumOverStates(model);
}

// Successive states differ in one spin (a Gray code). fields: of every site, with the enumerated spins as they are and
// without the others.
double MaximumSolver::MaximumOverStates(const PairwiseModel& model) const {
  std::vector<double> spins(model.fields.size(), 0);
  std::vector<double> fields = model.fields;
  double energy = model.constant;  // of the enumerated spins among themselves
  const auto set = [&](int64_t site, double spin) {
    energy += (spin - spins[site]) * fields[site];
    for (const int64_t e : edges_of_[site]) {
      fields[OtherEnd(model.edges[e], site)] += model.couplings[e] * (spin - spins[site]);
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
    const int64_t site = enumerated_[std::countr_zero(number)];
    set(site, -spins[site]);
    largest = std::max(largest, value());
  }
  return largest;
}

}  // namespace ebm

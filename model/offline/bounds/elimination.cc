#include "model/offline/bounds/elimination.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/core/status_macros.h"

namespace ebm {
namespace {

// A function of the spins of some sites: entry a has site sites[k] at 1 if bit k of a is set, otherwise at -1.
struct Table {
  std::vector<int64_t> sites;
  std::vector<double> values;  // [2^sites]
};

double LogAdd(double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); }
double Largest(double a, double b) { return std::max(a, b); }

Table TableOfField(int64_t site, double field) { return {.sites = {site}, .values = {-field, field}}; }

Table TableOfEdge(const Edge& edge, double coupling) {
  return {.sites = {edge[0], edge[1]}, .values = {coupling, -coupling, -coupling, coupling}};
}

// For each bit of `table`'s index, the bit that its site has in an index over `sites`.
std::vector<size_t> PlacesIn(const Table& table, const std::vector<int64_t>& sites) {
  std::vector<size_t> places;
  places.reserve(table.sites.size());
  for (const int64_t site : table.sites) {
    places.push_back(static_cast<size_t>(std::ranges::find(sites, site) - sites.begin()));
  }
  return places;
}

void AddTo(Table& sum, const Table& table) {
  const std::vector<size_t> places = PlacesIn(table, sum.sites);
  for (size_t index = 0; index < sum.values.size(); ++index) {
    size_t own = 0;
    for (size_t k = 0; k < places.size(); ++k) own |= (index >> places[k] & 1) << k;
    sum.values[index] += table.values[own];
  }
}

// The steps of a plan, one after the other.
template <double (*kCombine)(double, double)>
class Elimination {
 public:
  Elimination(const PairwiseModel& model, std::span<const double> fields, const EliminationPlan& plan)
      : model_(model),
        fields_(fields),
        plan_(plan),
        position_(plan.steps.size()),
        edges_(plan.steps.size()),
        left_(plan.steps.size()) {
    for (size_t k = 0; k < plan.steps.size(); ++k) position_[plan.steps[k].site] = k;
    for (size_t e = 0; e < model.edges.size(); ++e) edges_[EarliestOf(model.edges[e])].push_back(e);
  }

  absl::StatusOr<double> Run(const WorkCount& count) {
    double result = model_.constant;
    for (size_t k = 0; k < plan_.steps.size(); ++k) {
      EBM_ASSIGN_OR_RETURN(const Table sum, Join(k, count));
      Table joined = WithoutFirst(sum);
      if (joined.sites.empty()) {
        result += joined.values.front();
      } else {
        left_[EarliestOf(joined.sites)].push_back(std::move(joined));
      }
    }
    return result;
  }

 private:
  // The step that eliminates the first of these sites.
  template <typename Sites>
  size_t EarliestOf(const Sites& sites) const {
    size_t earliest = plan_.steps.size();
    for (const int64_t site : sites) earliest = std::min(earliest, position_[site]);
    return earliest;
  }

  // The sum of all tables with the step's site, which is the first of its sites.
  absl::StatusOr<Table> Join(size_t step, const WorkCount& count) {
    const auto& [site, neighbours] = plan_.steps[step];
    Table sum = {.sites = {site}, .values = std::vector<double>(size_t{2} << neighbours.size())};
    sum.sites.insert(sum.sites.end(), neighbours.begin(), neighbours.end());
    const auto entries = static_cast<double>(sum.values.size());
    EBM_RETURN_IF_ERROR(count(entries * static_cast<double>(2 + 2 * edges_[step].size())));
    AddTo(sum, TableOfField(site, fields_[site]));
    for (const size_t e : edges_[step]) AddTo(sum, TableOfEdge(model_.edges[e], model_.couplings[e]));
    for (const Table& table : std::exchange(left_[step], {})) {
      EBM_RETURN_IF_ERROR(count(entries * static_cast<double>(table.sites.size())));
      AddTo(sum, table);
    }
    return sum;
  }

  // The two values of the first site are next to each other.
  static Table WithoutFirst(const Table& table) {
    Table less = {.sites = {table.sites.begin() + 1, table.sites.end()},
                  .values = std::vector<double>(table.values.size() / 2)};
    for (size_t index = 0; index < less.values.size(); ++index) {
      less.values[index] = kCombine(table.values[2 * index], table.values[2 * index + 1]);
    }
    return less;
  }

  const PairwiseModel& model_;
  std::span<const double> fields_;
  const EliminationPlan& plan_;
  std::vector<size_t> position_;            // the step of each site
  std::vector<std::vector<size_t>> edges_;  // [steps], of the step's site to sites that are left
  std::vector<std::vector<Table>> left_;    // [steps], by earlier steps, with the step's site
};

}  // namespace

absl::StatusOr<double> LogZByElimination(const PairwiseModel& model, const EliminationPlan& plan,
                                         const WorkCount& count) {
  return Elimination<LogAdd>(model, model.fields, plan).Run(count);
}

absl::StatusOr<double> MaximumByElimination(const PairwiseModel& model, std::span<const double> fields,
                                            const EliminationPlan& plan, const WorkCount& count) {
  return Elimination<Largest>(model, fields, plan).Run(count);
}

}  // namespace ebm

#include "model/offline/bounds/elimination.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <utility>

namespace ebm {
namespace {

using Neighbours = std::vector<std::set<int64_t>>;

Neighbours NeighboursOf(int64_t sites, const std::vector<Edge>& edges) {
  Neighbours neighbours(static_cast<size_t>(sites));
  for (const auto& [low, high] : edges) {
    neighbours[low].insert(high);
    neighbours[high].insert(low);
  }
  return neighbours;
}

// The graph that is left, and the site that comes next in the order of least fill.
class FillOrder {
 public:
  FillOrder(int64_t sites, const std::vector<Edge>& edges)
      : neighbours_(NeighboursOf(sites, edges)), keys_(static_cast<size_t>(sites)) {
    for (int64_t site = 0; site < sites; ++site) Enqueue(site);
  }

  bool empty() const { return queue_.empty(); }
  int64_t next() const { return queue_.begin()->second; }
  int64_t degree(int64_t site) const { return std::ssize(neighbours_[site]); }

  void Eliminate(int64_t site) {
    const std::set<int64_t> around = std::exchange(neighbours_[site], {});
    std::set<int64_t> changed;
    for (const int64_t a : around) {
      neighbours_[a].erase(site);
      for (const int64_t b : around) {
        if (a != b) neighbours_[a].insert(b);
      }
    }
    for (const int64_t a : around) {
      changed.insert(a);
      changed.insert(neighbours_[a].begin(), neighbours_[a].end());
    }
    queue_.erase({keys_[site], site});
    for (const int64_t a : changed) {
      queue_.erase({keys_[a], a});
      Enqueue(a);
    }
  }

 private:
  // The pairs that eliminating the site would join; very many for a site with too many neighbours to be eliminated.
  int64_t FillOf(int64_t site) const {
    const std::set<int64_t>& around = neighbours_[site];
    if (std::ssize(around) >= kMaxEliminationWidth) return std::numeric_limits<int64_t>::max();
    int64_t missing = 0;
    for (const int64_t a : around) {
      for (const int64_t b : around) missing += a < b && !neighbours_[a].contains(b) ? 1 : 0;
    }
    return missing;
  }

  void Enqueue(int64_t site) {
    keys_[site] = FillOf(site);
    queue_.insert({keys_[site], site});
  }

  Neighbours neighbours_;
  std::vector<int64_t> keys_;                    // the fill of each site that is left
  std::set<std::pair<int64_t, int64_t>> queue_;  // of fill and site
};

// A function of the spins of some sites: entry a has site sites[k] at 1 if bit k of a is set, otherwise at -1.
struct Table {
  std::vector<int64_t> sites;  // rising
  std::vector<double> values;  // [2^sites]
};

double LogAdd(double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); }
double Largest(double a, double b) { return std::max(a, b); }

// For each bit of `table`'s index, the bit that its site has in an index over `sites`.
std::vector<size_t> PlacesIn(const Table& table, const std::vector<int64_t>& sites) {
  std::vector<size_t> places;
  places.reserve(table.sites.size());
  for (const int64_t site : table.sites) {
    places.push_back(static_cast<size_t>(std::ranges::find(sites, site) - sites.begin()));
  }
  return places;
}

void AddTo(std::vector<double>& sum, const std::vector<int64_t>& sites, const Table& table) {
  const std::vector<size_t> places = PlacesIn(table, sites);
  for (size_t index = 0; index < sum.size(); ++index) {
    size_t own = 0;
    for (size_t k = 0; k < places.size(); ++k) own |= (index >> places[k] & 1) << k;
    sum[index] += table.values[own];
  }
}

std::vector<Table> TablesOf(const PairwiseModel& model) {
  std::vector<Table> tables;
  tables.reserve(model.fields.size() + model.edges.size());
  for (int64_t i = 0; i < model.sites(); ++i) tables.push_back({{i}, {-model.fields[i], model.fields[i]}});
  for (size_t e = 0; e < model.edges.size(); ++e) {
    const double coupling = model.couplings[e];
    tables.push_back({{model.edges[e][0], model.edges[e][1]}, {coupling, -coupling, -coupling, coupling}});
  }
  return tables;
}

// The tables with the site, joined and without it. The site is the first of the joined table's, so that its two values
// are next to each other.
template <double (*kCombine)(double, double)>
Table JoinWithout(int64_t site, const std::vector<Table>& with_site) {
  std::set<int64_t> others;
  for (const Table& table : with_site) others.insert(table.sites.begin(), table.sites.end());
  others.erase(site);
  std::vector<int64_t> sites = {site};
  sites.insert(sites.end(), others.begin(), others.end());
  std::vector<double> sum(size_t{1} << sites.size());
  for (const Table& table : with_site) AddTo(sum, sites, table);
  Table joined = {.sites = {others.begin(), others.end()}, .values = std::vector<double>(sum.size() / 2)};
  for (size_t index = 0; index < joined.values.size(); ++index) {
    joined.values[index] = kCombine(sum[2 * index], sum[2 * index + 1]);
  }
  return joined;
}

template <double (*kCombine)(double, double)>
double EliminateAll(const PairwiseModel& model, const EliminationPlan& plan) {
  std::vector<Table> tables = TablesOf(model);
  double result = model.constant;
  for (const int64_t site : plan.order) {
    std::vector<Table> with_site;
    std::vector<Table> rest;
    for (Table& table : tables) {
      const bool has_site = std::ranges::find(table.sites, site) != table.sites.end();
      (has_site ? with_site : rest).push_back(std::move(table));
    }
    Table joined = JoinWithout<kCombine>(site, with_site);
    if (joined.sites.empty()) {
      result += joined.values.front();
    } else {
      rest.push_back(std::move(joined));
    }
    tables = std::move(rest);
  }
  return result;
}

// The fewest edges of a site.
int64_t LeastDegree(int64_t sites, const std::vector<Edge>& edges) {
  std::vector<int64_t> degrees(static_cast<size_t>(sites));
  for (const Edge& edge : edges) {
    for (const int64_t end : edge) ++degrees[end];
  }
  return std::ranges::min(degrees);
}

}  // namespace

EliminationPlan PlanElimination(int64_t sites, const std::vector<Edge>& edges) {
  EliminationPlan plan = {.order = {}, .width = LeastDegree(sites, edges) + 1};
  if (plan.width > kMaxEliminationWidth) {
    plan.work = std::numeric_limits<double>::infinity();
    return plan;
  }
  FillOrder order(sites, edges);
  while (!order.empty()) {
    const int64_t next = order.next();
    const int64_t width = order.degree(next) + 1;
    plan.width = std::max(plan.width, width);
    if (width > kMaxEliminationWidth) {
      plan.work = std::numeric_limits<double>::infinity();
      return plan;
    }
    plan.work += std::exp2(static_cast<double>(width));
    plan.order.push_back(next);
    order.Eliminate(next);
  }
  return plan;
}

double LogZByElimination(const PairwiseModel& model, const EliminationPlan& plan) {
  return EliminateAll<LogAdd>(model, plan);
}

double MaximumByElimination(const PairwiseModel& model, const EliminationPlan& plan) {
  return EliminateAll<Largest>(model, plan);
}

}  // namespace ebm

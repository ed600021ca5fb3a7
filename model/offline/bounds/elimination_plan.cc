#include "model/offline/bounds/elimination_plan.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

using Neighbours = std::vector<std::set<int64_t>>;

// Operations, about: a look into a set, and the tables of one step, whatever their size.
constexpr double kLookup = 30;
constexpr double kStepOverhead = 500;

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

  // The fill changes of the site's neighbours, and of sites that two of them have in common and that joined them.
  EliminationStep Eliminate(int64_t site) {
    const std::set<int64_t> around = std::exchange(neighbours_[site], {});
    std::set<int64_t> changed = around;
    for (const int64_t a : around) neighbours_[a].erase(site);
    for (const int64_t a : around) {
      for (const int64_t b : around) {
        if (a < b) Join(a, b, changed);
      }
    }
    queue_.erase({keys_[site], site});
    for (const int64_t a : changed) {
      queue_.erase({keys_[a], a});
      Enqueue(a);
    }
    return {.site = site, .neighbours = {around.begin(), around.end()}};
  }

  // The operations since the last call.
  double TakeOperations() { return kLookup * std::exchange(lookups_, 0); }

 private:
  void Join(int64_t a, int64_t b, std::set<int64_t>& changed) {
    ++lookups_;
    if (!neighbours_[a].insert(b).second) return;
    neighbours_[b].insert(a);
    const bool a_has_fewer = neighbours_[a].size() < neighbours_[b].size();
    const std::set<int64_t>& fewer = neighbours_[a_has_fewer ? a : b];
    const std::set<int64_t>& more = neighbours_[a_has_fewer ? b : a];
    for (const int64_t other : fewer) {
      if (more.contains(other)) changed.insert(other);
    }
    lookups_ += static_cast<double>(fewer.size());
  }

  // The pairs that eliminating the site would join; very many for a site with too many neighbours to be eliminated.
  int64_t FillOf(int64_t site) {
    const std::set<int64_t>& around = neighbours_[site];
    if (std::ssize(around) >= kMaxEliminationWidth) return std::numeric_limits<int64_t>::max();
    int64_t missing = 0;
    for (const int64_t a : around) {
      for (const int64_t b : around) missing += a < b && !neighbours_[a].contains(b) ? 1 : 0;
    }
    lookups_ += static_cast<double>(around.size() * around.size());
    return missing;
  }

  void Enqueue(int64_t site) {
    keys_[site] = FillOf(site);
    queue_.insert({keys_[site], site});
    ++lookups_;
  }

  Neighbours neighbours_;
  std::vector<int64_t> keys_;                    // the fill of each site that is left
  std::set<std::pair<int64_t, int64_t>> queue_;  // of fill and site
  double lookups_ = 0;
};

// The fewest edges of a site.
int64_t LeastDegree(int64_t sites, const std::vector<Edge>& edges) {
  std::vector<int64_t> degrees(static_cast<size_t>(sites));
  for (const Edge& edge : edges) {
    for (const int64_t end : edge) ++degrees[end];
  }
  return std::ranges::min(degrees);
}

// The most entries, at any time, of all tables that wait for a later step: 2 GiB.
constexpr double kMostWaitingEntries = 1 << 28;

// The operations of all steps: each adds the tables with its site, entry by entry and site by site. A table is that of
// a field, of an edge, or the one that an earlier step left. Infinite where too many entries have to wait.
double WorkOf(const std::vector<EliminationStep>& steps, const std::vector<Edge>& edges) {
  std::vector<size_t> position(steps.size());
  for (size_t k = 0; k < steps.size(); ++k) position[steps[k].site] = k;
  std::vector<double> sites_of_tables(steps.size(), 1);
  for (const auto& [low, high] : edges) sites_of_tables[std::min(position[low], position[high])] += 2;
  std::vector<double> waiting_for(steps.size());
  double waiting = 0;
  double work = 0;
  for (size_t k = 0; k < steps.size(); ++k) {
    const std::vector<int64_t>& around = steps[k].neighbours;
    const auto size = static_cast<double>(around.size());
    waiting -= waiting_for[k];
    work += std::exp2(size + 1) * (1 + sites_of_tables[k]) + kStepOverhead;
    if (around.empty()) continue;
    const auto at = [&position](int64_t site) { return position[site]; };
    const size_t next = at(std::ranges::min(around, {}, at));
    sites_of_tables[next] += size;
    waiting_for[next] += std::exp2(size);
    waiting += std::exp2(size);
    if (waiting > kMostWaitingEntries) return std::numeric_limits<double>::infinity();
  }
  return work;
}

// Whether the order goes on: an order that takes too long to find is no error.
absl::StatusOr<bool> GoesOn(const absl::Status& counted) {
  if (counted.ok()) return true;
  if (absl::IsResourceExhausted(counted)) return false;
  return counted;
}

}  // namespace

absl::StatusOr<EliminationPlan> PlanElimination(int64_t sites, const std::vector<Edge>& edges, const WorkCount& count) {
  EliminationPlan plan = {.steps = {}, .width = LeastDegree(sites, edges) + 1};
  if (plan.width > kMaxEliminationWidth) return plan;
  FillOrder order(sites, edges);
  while (!order.empty()) {
    const int64_t next = order.next();
    plan.width = std::max(plan.width, order.degree(next) + 1);
    if (plan.width > kMaxEliminationWidth) return plan;
    plan.steps.push_back(order.Eliminate(next));
    EBM_ASSIGN_OR_RETURN(const bool goes_on, GoesOn(count(order.TakeOperations())));
    if (!goes_on) return plan;
  }
  plan.work = WorkOf(plan.steps, edges);
  return plan;
}

}  // namespace ebm

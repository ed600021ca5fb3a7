#include "model/offline/bounds/mean_field.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/offline/bounds/work_count.h"

namespace ebm {
namespace {

constexpr double kFirstMean = 0.9;
constexpr double kLeastChange = 1e-12;
constexpr int kMostSweeps = 10000;

// Operations, about: of a site, and of an edge from both of its ends.
constexpr double kTanhWork = 20;
constexpr double kEdgeWork = 4;

double BoundAt(const PairwiseModel& model, const std::vector<double>& means) {
  double bound = model.constant;
  for (int64_t i = 0; i < model.sites(); ++i) bound += model.fields[i] * means[i] + SpinEntropy(means[i]);
  for (size_t e = 0; e < model.edges.size(); ++e) {
    bound += model.couplings[e] * means[model.edges[e][0]] * means[model.edges[e][1]];
  }
  return bound;
}

std::vector<double> RandomMeans(int64_t sites, uint64_t seed, uint32_t start) {
  std::vector<float> uniform(static_cast<size_t>(sites));
  FillUniform({.seed = seed, .stream = RandomStream::kPerturbation, .chain = start, .step = 0}, uniform);
  std::vector<double> means;
  means.reserve(uniform.size());
  for (const float u : uniform) means.push_back(2 * double{u} - 1);
  return means;
}

}  // namespace

double SpinEntropy(double mean) {
  const auto term = [](double p) { return p > 0 ? -p * std::log(p) : 0; };
  return term((1 + mean) / 2) + term((1 - mean) / 2);
}

// The bound holds wherever the ascent stops.
absl::StatusOr<MeanField> AscendFrom(const PairwiseModel& model, std::vector<double> means,
                                     const std::function<bool()>& stop_requested) {
  const std::vector<std::vector<int64_t>> edges_of = EdgesOfSites(model);
  const WorkCount count = LimitedWork(kMostAscentWork, stop_requested);
  const double sweep_work =
      kTanhWork * static_cast<double>(model.sites()) + kEdgeWork * static_cast<double>(model.edges.size());
  double change = 1;
  for (int sweep = 0; sweep < kMostSweeps && change > kLeastChange; ++sweep) {
    const absl::Status counted = count(sweep_work);
    if (absl::IsResourceExhausted(counted)) break;
    EBM_RETURN_IF_ERROR(counted);
    change = 0;
    for (int64_t i = 0; i < model.sites(); ++i) {
      double field = model.fields[i];
      for (const int64_t e : edges_of[i]) field += model.couplings[e] * means[OtherEnd(model.edges[e], i)];
      const double mean = std::tanh(field);
      change = std::max(change, std::abs(mean - means[i]));
      means[i] = mean;
    }
  }
  const double bound = BoundAt(model, means);
  return MeanField{.bound = bound, .means = std::move(means)};
}

absl::StatusOr<MeanField> BestMeanField(const PairwiseModel& model, uint64_t seed,
                                        const std::function<bool()>& stop_requested) {
  std::vector<std::vector<double>> starts = {std::vector<double>(model.fields.size(), kFirstMean),
                                             std::vector<double>(model.fields.size(), -kFirstMean)};
  for (uint32_t start = 0; start < kRandomMeanFieldStarts; ++start) {
    starts.push_back(RandomMeans(model.sites(), seed, start));
  }
  MeanField best = {.bound = -std::numeric_limits<double>::infinity(), .means = {}};
  for (std::vector<double>& start : starts) {
    EBM_ASSIGN_OR_RETURN(MeanField other, AscendFrom(model, std::move(start), stop_requested));
    if (other.bound > best.bound || best.means.empty()) best = std::move(other);
  }
  return best;
}

}  // namespace ebm

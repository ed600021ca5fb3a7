#include "model/spec/boltzmann_spec.h"

#include "absl/strings/str_cat.h"
#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"

namespace ebm {
namespace {

absl::Status CheckEdges(const std::vector<Edge>& edges, int64_t dimension) {
  if (std::ssize(edges) > kMaxListedEdges) {
    return absl::InvalidArgumentError(
        absl::StrCat("edges has ", edges.size(), " entries; at most ", kMaxListedEdges, " are allowed"));
  }
  for (size_t e = 0; e < edges.size(); ++e) {
    const auto& [first, second] = edges[e];
    const bool is_pair = first >= 0 && first < second && second < dimension;
    if (is_pair && (e == 0 || edges[e - 1] < edges[e])) continue;
    return absl::InvalidArgumentError(absl::StrCat("edges[", e, "] is [", first, ", ", second,
                                                   "]; edges are pairs of coordinates from 0 to ", dimension - 1,
                                                   ", the lower first, in rising order and each once"));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t EdgeCount(const BoltzmannSpec& network, int64_t dimension) {
  return network.edges.empty() ? dimension * (dimension - 1) / 2 : std::ssize(network.edges);
}

std::vector<Edge> EdgesOf(const BoltzmannSpec& network, int64_t dimension) {
  if (!network.edges.empty()) return network.edges;
  std::vector<Edge> all;
  all.reserve(static_cast<size_t>(EdgeCount(network, dimension)));
  for (int64_t i = 0; i < dimension; ++i) {
    for (int64_t j = i + 1; j < dimension; ++j) all.push_back({i, j});
  }
  return all;
}

absl::Status CheckNetwork(const BoltzmannSpec& network, const ModelSpec& spec) {
  if (spec.num_classes() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("class_labels has ", spec.num_classes(), " entries; family ", BoltzmannSpec::kFamily, " has one"));
  }
  const Indicators indicators(spec);
  if (const std::string other = indicators.FirstNotBinary(); !other.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(other, "; the coordinates of family ", BoltzmannSpec::kFamily, " have two"));
  }
  const int64_t dimension = indicators.coordinates();
  if (!network.edges.empty()) return CheckEdges(network.edges, dimension);
  if (dimension >= 2 && dimension <= kMaxCompleteDimension) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("edges is empty, which couples all pairs of the ", dimension,
                                                 " coordinates; that takes 2 to ", kMaxCompleteDimension, " of them"));
}

std::vector<ParameterShape> LayoutOf(const BoltzmannSpec& network, const ModelSpec& spec) {
  const int64_t dimension = spec.dimension();
  return {{.name = kBoltzmannWeight, .shape = {EdgeCount(network, dimension)}},
          {.name = kBoltzmannBias, .shape = {dimension}}};
}

float InitialBound(const BoltzmannSpec& /*network*/, float /*fan_in*/) { return 0; }

}  // namespace ebm

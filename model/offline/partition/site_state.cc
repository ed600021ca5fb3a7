#include "model/offline/partition/site_state.h"

#include <variant>

#include "model/spec/boltzmann_spec.h"

namespace ebm {

SiteParameters::SiteParameters(const ModelSpec& spec, const std::vector<const NamedTensor*>& tensors)
    : neighbours(tensors[1]->values.size()), bias(tensors[1]->values.begin(), tensors[1]->values.end()) {
  const std::vector<Edge> edges = EdgesOf(std::get<BoltzmannSpec>(spec.network), spec.dimension());
  for (size_t e = 0; e < edges.size(); ++e) {
    const auto& [low, high] = edges[e];
    const double weight = tensors[0]->values[e];
    neighbours[low].push_back({.site = high, .weight = weight});
    neighbours[high].push_back({.site = low, .weight = weight});
  }
}

SiteState::SiteState(const SiteParameters& parameters, int64_t bits) : parameters_(parameters) {
  for (size_t site = 0; site < parameters.bias.size(); ++site) {
    if ((bits >> site & 1) != 0) Flip(site);
  }
}

void SiteState::Flip(size_t site) {
  double field = parameters_.bias[site];
  for (const auto& [neighbour, weight] : parameters_.neighbours[site]) {
    if ((bits_ >> neighbour & 1) != 0) field += weight;
  }
  log_density_ += (bits_ >> site & 1) != 0 ? -field : field;
  bits_ ^= int64_t{1} << site;
}

}  // namespace ebm

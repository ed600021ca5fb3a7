#include "model/offline/bounds/pairwise_model.h"

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/spec/indicators.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

// Adds bias x_i and weight x_i x_j of bits x = (1 + s) / 2.
void AddBias(int64_t site, double bias, PairwiseModel& model) {
  model.fields[site] += bias / 2;
  model.constant += bias / 2;
}

void AddWeight(const Edge& edge, double weight, PairwiseModel& model) {
  model.edges.push_back(edge);
  model.couplings.push_back(weight / 4);
  for (const int64_t site : edge) model.fields[site] += weight / 4;
  model.constant += weight / 4;
}

absl::Status CheckIsPairwise(const ModelSpec& spec) {
  if (!std::holds_alternative<RbmSpec>(spec.network) && !std::holds_alternative<BoltzmannSpec>(spec.network)) {
    return absl::FailedPreconditionError(
        absl::StrCat("bounds are for families rbm and boltzmann; the model's is ", spec.family()));
  }
  if (spec.num_classes() > 1) {
    return absl::FailedPreconditionError(absl::StrCat(
        "bounds are for models of binary units; the class of this one has ", spec.num_classes(), " values"));
  }
  const std::string other = Indicators(spec).FirstNotBinary();
  if (other.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("bounds are for models of binary units; ", other));
}

void AddRestricted(const RbmSpec& network, const std::vector<const NamedTensor*>& tensors, PairwiseModel& model) {
  const int64_t hidden = network.hidden_units;
  const auto visible = static_cast<int64_t>(tensors[1]->values.size());
  model.fields.resize(static_cast<size_t>(visible + hidden));
  for (int64_t i = 0; i < visible; ++i) AddBias(i, tensors[1]->values[i], model);
  for (int64_t j = 0; j < hidden; ++j) AddBias(visible + j, tensors[2]->values[j], model);
  for (int64_t i = 0; i < visible; ++i) {
    for (int64_t j = 0; j < hidden; ++j) AddWeight({i, visible + j}, tensors[0]->values[i * hidden + j], model);
  }
}

}  // namespace

absl::StatusOr<PairwiseModel> PairwiseModelOf(const ModelSpec& spec, const std::vector<NamedTensor>& tensors) {
  EBM_RETURN_IF_ERROR(CheckIsPairwise(spec));
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  PairwiseModel model;
  if (const auto* const rbm = std::get_if<RbmSpec>(&spec.network)) {
    AddRestricted(*rbm, found, model);
    return model;
  }
  const std::vector<Edge> edges = EdgesOf(std::get<BoltzmannSpec>(spec.network), spec.dimension());
  model.fields.resize(found[1]->values.size());
  for (int64_t i = 0; i < model.sites(); ++i) AddBias(i, found[1]->values[i], model);
  for (size_t e = 0; e < edges.size(); ++e) AddWeight(edges[e], found[0]->values[e], model);
  return model;
}

std::vector<std::vector<int64_t>> EdgesOfSites(const PairwiseModel& model) {
  std::vector<std::vector<int64_t>> of_sites(model.fields.size());
  for (int64_t e = 0; e < std::ssize(model.edges); ++e) {
    for (const int64_t site : model.edges[e]) of_sites[site].push_back(e);
  }
  return of_sites;
}

}  // namespace ebm

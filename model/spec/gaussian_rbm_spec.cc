#include "model/spec/gaussian_rbm_spec.h"

#include "absl/strings/str_cat.h"
#include "model/spec/model_spec.h"
#include "model/spec/rbm_spec.h"

namespace ebm {

absl::Status CheckNetwork(const GaussianRbmSpec& network, const ModelSpec& spec) {
  if (spec.base_evidence != 0) {
    return absl::InvalidArgumentError(absl::StrCat("base_evidence is ", spec.base_evidence, "; that of family ",
                                                   GaussianRbmSpec::kFamily,
                                                   ", whose energy has no part of the base, is 0"));
  }
  return CheckHiddenUnits(network.hidden_units, GaussianRbmSpec::kFamily, spec);
}

std::vector<ParameterShape> LayoutOf(const GaussianRbmSpec& network, const ModelSpec& spec) {
  const int64_t dimension = spec.dimension();
  std::vector<ParameterShape> layout = {
      {.name = kRbmWeight, .shape = {dimension, network.hidden_units}, .fan_in = dimension},
      {.name = kRbmVisibleBias, .shape = {dimension}},
      {.name = kRbmLogVariance, .shape = {dimension}},
  };
  AppendHiddenLayer(network.hidden_units, spec.num_classes(), layout);
  return layout;
}

float InitialBound(const GaussianRbmSpec& /*network*/, float fan_in) { return InitialBound(RbmSpec(), fan_in); }

}  // namespace ebm

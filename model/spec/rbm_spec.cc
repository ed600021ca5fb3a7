#include "model/spec/rbm_spec.h"

#include "absl/strings/str_cat.h"
#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"
#include "model/spec/spec_limits.h"

namespace ebm {

absl::Status CheckNetwork(const RbmSpec& network, const ModelSpec& spec) {
  if (spec.num_classes() > kMaxLevels) {
    return absl::InvalidArgumentError(absl::StrCat("class_labels has ", spec.num_classes(), " entries; family ",
                                                   RbmSpec::kFamily, " has at most ", kMaxLevels));
  }
  if (network.hidden_units >= 1 && network.hidden_units <= kMaxWidth) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("hidden_units is ", network.hidden_units, "; 1 to ", kMaxWidth, " are allowed"));
}

std::vector<ParameterShape> LayoutOf(const RbmSpec& network, const ModelSpec& spec) {
  const int64_t indicators = Indicators(spec).count();
  const int64_t hidden = network.hidden_units;
  std::vector<ParameterShape> layout = {
      {.name = kRbmWeight, .shape = {indicators, hidden}, .fan_in = indicators},
      {.name = kRbmVisibleBias, .shape = {indicators}},
      {.name = kRbmHiddenBias, .shape = {hidden}},
  };
  const int64_t classes = spec.num_classes();
  if (classes < 2) return layout;
  layout.push_back({.name = kRbmClassWeight, .shape = {classes, hidden}, .fan_in = classes});
  layout.push_back({.name = kRbmClassBias, .shape = {classes}});
  return layout;
}

float InitialBound(const RbmSpec& /*network*/, float fan_in) {
  constexpr float kBound = 0.0173F;  // 0.01 sqrt(3)
  return fan_in > 0 ? kBound : 0;
}

}  // namespace ebm

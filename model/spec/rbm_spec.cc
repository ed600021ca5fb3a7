#include "model/spec/rbm_spec.h"

#include "absl/strings/str_cat.h"
#include "model/spec/indicators.h"
#include "model/spec/model_spec.h"
#include "model/spec/spec_limits.h"

namespace ebm {

absl::Status CheckHiddenUnits(int64_t hidden_units, const char* family, const ModelSpec& spec) {
  if (spec.num_classes() > kMaxLevels) {
    return absl::InvalidArgumentError(absl::StrCat("class_labels has ", spec.num_classes(), " entries; family ", family,
                                                   " has at most ", kMaxLevels));
  }
  if (hidden_units >= 1 && hidden_units <= kMaxWidth) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("hidden_units is ", hidden_units, "; 1 to ", kMaxWidth, " are allowed"));
}

void AppendHiddenLayer(int64_t hidden_units, int64_t classes, std::vector<ParameterShape>& layout) {
  layout.push_back({.name = kRbmHiddenBias, .shape = {hidden_units}});
  if (classes < 2) return;
  layout.push_back({.name = kRbmClassWeight, .shape = {classes, hidden_units}, .fan_in = classes});
  layout.push_back({.name = kRbmClassBias, .shape = {classes}});
}

absl::Status CheckNetwork(const RbmSpec& network, const ModelSpec& spec) {
  return CheckHiddenUnits(network.hidden_units, RbmSpec::kFamily, spec);
}

std::vector<ParameterShape> LayoutOf(const RbmSpec& network, const ModelSpec& spec) {
  const int64_t indicators = Indicators(spec).count();
  std::vector<ParameterShape> layout = {
      {.name = kRbmWeight, .shape = {indicators, network.hidden_units}, .fan_in = indicators},
      {.name = kRbmVisibleBias, .shape = {indicators}},
  };
  AppendHiddenLayer(network.hidden_units, spec.num_classes(), layout);
  return layout;
}

float InitialBound(const RbmSpec& /*network*/, float fan_in) {
  constexpr float kBound = 0.0173F;  // 0.01 sqrt(3)
  return fan_in > 0 ? kBound : 0;
}

}  // namespace ebm

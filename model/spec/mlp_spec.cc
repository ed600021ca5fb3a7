#include "model/spec/mlp_spec.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "model/spec/model_spec.h"
#include "model/spec/spec_limits.h"

namespace ebm {

absl::Status CheckNetwork(const MlpSpec& network, const ModelSpec& /*spec*/) {
  return CheckHiddenWidths(network.hidden_widths);
}

std::vector<ParameterShape> LayoutOf(const MlpSpec& network, const ModelSpec& spec) {
  const std::vector<int64_t> widths = MlpWidths(network, spec);
  std::vector<ParameterShape> layout;
  for (size_t i = 0; i + 1 < widths.size(); ++i) {
    AddLayer(absl::StrCat("layers.", i), {widths[i + 1], widths[i]}, layout);
  }
  return layout;
}

float InitialBound(const MlpSpec& /*network*/, float fan_in) { return 1.0F / std::sqrt(fan_in); }

std::vector<int64_t> MlpWidths(const MlpSpec& network, const ModelSpec& spec) {
  std::vector<int64_t> widths = {spec.dimension()};
  widths.insert(widths.end(), network.hidden_widths.begin(), network.hidden_widths.end());
  widths.push_back(spec.num_classes());
  return widths;
}

}  // namespace ebm

#include "model/energy/hidden_layer.h"

#include <algorithm>
#include <cmath>

#include "model/core/log_sum_exp.h"
#include "model/kernels/discrete_units.h"
#include "model/kernels/log_density.h"
#include "model/kernels/panel_matrix.h"

namespace ebm {
namespace {

// The inverse temperature at which a sweep draws the class and the hidden units.
float InverseTemperature(const SweepSettings& sweep) { return sweep.beta / sweep.temperature; }

}  // namespace

void CopyRows(std::span<const float> values, size_t columns, kernels::RowBlock& rows) {
  for (size_t r = 0; r * columns < values.size(); ++r) {
    std::ranges::copy(values.subspan(r * columns, columns), rows.row(r));
  }
}

HiddenLayer::Workspace::Workspace(const HiddenLayer& layer)
    : fields(layer.padded()),
      logits(kernels::PaddedColumns(static_cast<size_t>(layer.num_classes()))),
      uniform(layer.padded()),
      means(layer.padded()) {}

HiddenLayer::HiddenLayer(size_t units, int64_t num_classes)
    : units_(units),
      bias_(kernels::PaddedColumns(units)),
      class_weight_(static_cast<size_t>(num_classes), bias_.size()),
      class_bias_(static_cast<size_t>(num_classes)) {}

void HiddenLayer::SetParameters(std::span<const std::span<const float>> parameters) {
  std::ranges::copy(parameters[0], bias_.data());
  if (parameters.size() == 1) return;
  CopyRows(parameters[1], units_, class_weight_);
  std::ranges::copy(parameters[2], class_bias_.begin());
}

double HiddenLayer::LogJoint(int64_t y, double visible, float inverse_temperature, const Workspace& workspace) const {
  const double softplus = kernels::SumOfSoftplus(workspace.fields.data(), class_weight_.row(static_cast<size_t>(y)),
                                                 inverse_temperature, units_);
  return (visible + class_bias_[y]) * inverse_temperature + softplus;
}

void HiddenLayer::Logits(double visible, float inverse_temperature, Workspace& workspace) const {
  for (int64_t y = 0; y < num_classes(); ++y) {
    workspace.logits.data()[y] = static_cast<float>(LogJoint(y, visible, inverse_temperature, workspace));
  }
}

float HiddenLayer::LogDensity(int32_t target_class, double visible, Workspace& workspace) const {
  if (target_class != kNoClass) return static_cast<float>(LogJoint(target_class, visible, 1, workspace));
  Logits(visible, 1, workspace);
  return kernels::LogSumExp(workspace.logits.data(), class_bias_.size());
}

// The rounding of several classes can add up to more than 1; NaN stays.
void HiddenLayer::Means(int32_t target_class, Workspace& workspace) const {
  std::fill_n(workspace.means.data(), padded(), 0.0F);
  const auto add = [&](int64_t y, float probability) {
    kernels::AddMeansOfUnits(workspace.fields.data(), class_weight_.row(static_cast<size_t>(y)), probability, padded(),
                             workspace.means.data());
  };
  if (target_class != kNoClass || num_classes() == 1) return add(std::max(target_class, 0), 1);
  const std::vector<double> logits(workspace.logits.data(), workspace.logits.data() + num_classes());
  const double log_sum = LogSumExp(logits);
  for (int64_t y = 0; y < num_classes(); ++y) add(y, static_cast<float>(std::exp(logits[y] - log_sum)));
  std::transform(workspace.means.data(), workspace.means.data() + units_, workspace.means.data(),
                 [](float mean) { return mean > 1 ? 1.0F : mean; });
}

int32_t HiddenLayer::DrawClass(const SweepSettings& sweep, double visible, Workspace& workspace) const {
  if (sweep.target_class != kNoClass) return sweep.target_class;
  if (num_classes() == 1) return 0;
  if (InverseTemperature(sweep) != 1) Logits(visible, InverseTemperature(sweep), workspace);
  float uniform = 0;
  FillUniform(KeyOf(sweep, RandomStream::kGibbsClass), {&uniform, 1});
  return static_cast<int32_t>(kernels::DrawLevel({workspace.logits.data(), class_bias_.size()}, 1, uniform));
}

void HiddenLayer::DrawUnits(const SweepSettings& sweep, int32_t y, Workspace& workspace, float* units) const {
  FillUniform(KeyOf(sweep, RandomStream::kGibbsHidden), {workspace.uniform.data(), units_});
  kernels::DrawUnits(workspace.fields.data(), class_weight_.row(static_cast<size_t>(y)), InverseTemperature(sweep),
                     workspace.uniform.data(), padded(), units);
}

}  // namespace ebm

#include "model/offline/partition/hidden_state.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

#include "model/core/log_sum_exp.h"
#include "model/spec/gaussian_rbm_spec.h"

namespace ebm {
namespace {

std::vector<double> Doubles(const NamedTensor& tensor) { return {tensor.values.begin(), tensor.values.end()}; }

double Softplus(double a) { return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a))); }

}  // namespace

RbmParameters::RbmParameters(const ModelSpec& spec, const std::vector<const NamedTensor*>& tensors)
    : visible_bias(Doubles(*tensors[1])) {
  const bool is_real = std::holds_alternative<GaussianRbmSpec>(spec.network);
  if (is_real) {
    log_variance = Doubles(*tensors[2]);
    for (const double value : log_variance) inverse_variance.push_back(std::exp(-value));
  } else {
    indicators.emplace(spec);
  }
  const size_t hidden_layer = is_real ? 3 : 2;  // where its tensors begin
  hidden_bias = Doubles(*tensors[hidden_layer]);
  weight.assign(hidden_bias.size(), std::vector<double>(visible_bias.size()));
  const std::vector<float>& values = tensors[0]->values;
  for (size_t s = 0; s < visible_bias.size(); ++s) {
    for (size_t j = 0; j < hidden_bias.size(); ++j) weight[j][s] = values[s * hidden_bias.size() + j];
  }
  if (tensors.size() == hidden_layer + 1) return;
  class_weight = Doubles(*tensors[hidden_layer + 1]);
  class_bias = Doubles(*tensors[hidden_layer + 2]);
}

HiddenState::HiddenState(const RbmParameters& parameters, int64_t bits)
    : parameters_(parameters), visible_(parameters.visible_bias), classes_(parameters.class_bias) {
  for (size_t j = 0; j < parameters.hidden_bias.size(); ++j) {
    if ((bits >> j & 1) != 0) Flip(j, 1);
  }
  bits_ = bits;
}

void HiddenState::Flip(size_t unit) {
  Flip(unit, (bits_ >> unit & 1) != 0 ? -1 : 1);
  bits_ ^= int64_t{1} << unit;
}

double HiddenState::LogTerm() const {
  const double sum = hidden_energy_ + (parameters_.indicators.has_value() ? LogSumOfLevels() : LogIntegral());
  return classes_.empty() ? sum : sum + LogSumExp(classes_);
}

double HiddenState::LogIntegral() const {
  double sum = 0;
  for (size_t i = 0; i < visible_.size(); ++i) {
    const double bias = parameters_.visible_bias[i];
    sum += (std::log(2 * std::numbers::pi) + parameters_.log_variance[i] +
            (visible_[i] * visible_[i] - bias * bias) * parameters_.inverse_variance[i]) /
           2;
  }
  return sum;
}

double HiddenState::LogSumOfLevels() const {
  const Indicators& indicators = *parameters_.indicators;
  double sum = 0;
  for (int64_t i = 0; i < indicators.coordinates(); ++i) {
    const double* logits = visible_.data() + indicators.first(i);
    sum +=
        indicators.is_binary(i) ? Softplus(*logits) : LogSumExp({logits, static_cast<size_t>(indicators.levels()[i])});
  }
  return sum;
}

void HiddenState::Flip(size_t unit, double sign) {
  hidden_energy_ += sign * parameters_.hidden_bias[unit];
  const std::vector<double>& weight = parameters_.weight[unit];
  for (size_t s = 0; s < visible_.size(); ++s) visible_[s] += sign * weight[s];
  const size_t hidden = parameters_.hidden_bias.size();
  for (size_t y = 0; y < classes_.size(); ++y) classes_[y] += sign * parameters_.class_weight[y * hidden + unit];
}

}  // namespace ebm

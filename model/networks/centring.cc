#include "model/networks/centring.h"

namespace ebm {
namespace {

constexpr double kHiddenMean = 0.5;  // lambda

// The order of ParameterLayout, with and without hidden units.
constexpr size_t kSiteWeight = 0;
constexpr size_t kSiteBias = 1;
constexpr size_t kWeight = 0;
constexpr size_t kVisibleBias = 1;
constexpr size_t kHiddenBias = 2;
constexpr size_t kClassWeight = 3;
constexpr size_t kClassBias = 4;

// The same of a restricted Boltzmann machine on real coordinates.
constexpr size_t kRealLogVariance = 2;
constexpr size_t kRealHiddenBias = 3;
constexpr size_t kRealClassWeight = 4;
constexpr size_t kRealClassBias = 5;
constexpr double kMostLogVariance = 14;

// Adds what U contributes to the biases of the hidden units and of the classes.
void ShiftByClasses(double sign, std::vector<at::Tensor>& parameters) {
  if (parameters.size() <= kRealClassBias) return;
  const at::Tensor& class_weight = parameters[kRealClassWeight];
  parameters[kRealHiddenBias] = parameters[kRealHiddenBias] + sign * class_weight.mean(0);  // nu = 1/K
  parameters[kRealClassBias] = parameters[kRealClassBias] + sign * kHiddenMean * class_weight.sum(1);
}

}  // namespace

Centring::Centring(std::span<const double> means)
    : means_(at::tensor(at::ArrayRef<double>(means.data(), means.size()), at::kDouble).to(at::kFloat)) {}

Centring::Centring(std::span<const double> means, const std::vector<Edge>& edges) : Centring(means) {
  ends_ = EndsOf(edges);
}

Centring Centring::OfReals(std::span<const double> means) {
  Centring centring(means);
  centring.is_real_ = true;
  return centring;
}

std::vector<at::Tensor> Centring::PlainOfReals(const std::vector<at::Tensor>& centred) const {
  std::vector<at::Tensor> plain = centred;
  plain[kRealLogVariance] = centred[kRealLogVariance].clamp(-kMostLogVariance, kMostLogVariance);
  const at::Tensor deviation = (plain[kRealLogVariance] / 2).exp();
  const at::Tensor weight = deviation.unsqueeze(1) * centred[kWeight];
  plain[kWeight] = weight;
  plain[kVisibleBias] = means_ + deviation * centred[kVisibleBias] - kHiddenMean * weight.sum(1);
  plain[kRealHiddenBias] = centred[kRealHiddenBias] - weight.t().mv(means_ / deviation.square());
  ShiftByClasses(-1, plain);
  return plain;
}

std::vector<at::Tensor> Centring::CentredOfReals(const std::vector<at::Tensor>& plain) const {
  std::vector<at::Tensor> centred = plain;
  const at::Tensor deviation = (plain[kRealLogVariance] / 2).exp();
  const at::Tensor& weight = plain[kWeight];
  centred[kWeight] = weight / deviation.unsqueeze(1);
  centred[kVisibleBias] = (plain[kVisibleBias] - means_ + kHiddenMean * weight.sum(1)) / deviation;
  centred[kRealHiddenBias] = plain[kRealHiddenBias] + weight.t().mv(means_ / deviation.square());
  ShiftByClasses(1, centred);
  return centred;
}

std::vector<at::Tensor> Centring::ShiftSites(const std::vector<at::Tensor>& parameters, double sign) const {
  const at::Tensor& weight = parameters[kSiteWeight];
  const at::Tensor field = at::zeros_like(means_)
                               .index_add(0, ends_.low, weight * means_.index_select(0, ends_.high))
                               .index_add(0, ends_.high, weight * means_.index_select(0, ends_.low));
  return {weight, parameters[kSiteBias] + sign * field};
}

std::vector<at::Tensor> Centring::Shift(const std::vector<at::Tensor>& parameters, double sign) const {
  if (!any()) return parameters;
  if (ends_.low.defined()) return ShiftSites(parameters, sign);
  std::vector<at::Tensor> shifted = parameters;
  const at::Tensor& weight = parameters[kWeight];
  shifted[kVisibleBias] = parameters[kVisibleBias] + sign * kHiddenMean * weight.sum(1);
  at::Tensor hidden = weight.t().mv(means_);
  if (parameters.size() > kClassBias) {
    const at::Tensor& class_weight = parameters[kClassWeight];
    hidden = hidden + class_weight.mean(0);  // nu = 1/K
    shifted[kClassBias] = parameters[kClassBias] + sign * kHiddenMean * class_weight.sum(1);
  }
  shifted[kHiddenBias] = parameters[kHiddenBias] + sign * hidden;
  return shifted;
}

}  // namespace ebm

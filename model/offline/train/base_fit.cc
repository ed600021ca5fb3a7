#include "model/offline/train/base_fit.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "absl/strings/str_cat.h"
#include "model/core/random.h"
#include "model/offline/data/dequantisation.h"
#include "model/offline/train/independent_base_fit.h"
#include "model/offline/train/run_seeds.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

constexpr double kPoolings[] = {0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1};
constexpr double kRidges[] = {0, 1e-3, 1e-2, 1e-1};
// More validation rows would take longer without improving the choice.
constexpr int64_t kMostJudgedRows = 2000;
// The least standard deviation of a coordinate, in scaled units. A density that is narrower was fitted to a
// coincidence.
constexpr double kSmallestSpread = 1e-3;

at::Tensor ImportRows(ConstMatrix rows) {
  const at::Tensor floats = at::from_blob(const_cast<float*>(rows.data()), {rows.rows(), rows.cols()}, at::kFloat);
  return floats.to(at::kDouble);
}

// The moments of one component, in double precision.
struct Moments {
  double weight = 0;      // share of the rows
  at::Tensor mean;        // [D]
  at::Tensor covariance;  // [D, D], the maximum-likelihood estimate
};

Moments MomentsOf(const at::Tensor& rows, int64_t all_rows) {
  const at::Tensor mean = rows.mean(0);
  const at::Tensor centred = rows - mean;
  return {.weight = static_cast<double>(rows.size(0)) / static_cast<double>(all_rows),
          .mean = mean,
          .covariance = centred.t().mm(centred) / static_cast<double>(rows.size(0))};
}

std::vector<Moments> ComponentsOf(const ModelSpec& spec, const LabelledData& train) {
  const at::Tensor rows = ImportRows(train.rows.view());
  if (spec.base == kGaussianBase) return {MomentsOf(rows, rows.size(0))};
  std::vector<std::vector<int64_t>> members(spec.num_classes());
  for (size_t i = 0; i < train.labels.size(); ++i) members[train.labels[i]].push_back(static_cast<int64_t>(i));
  std::vector<Moments> components;
  components.reserve(members.size());
  for (const std::vector<int64_t>& member : members) {
    components.push_back(MomentsOf(rows.index_select(0, at::tensor(member, at::kLong)), rows.size(0)));
  }
  return components;
}

struct Shrinkage {
  double pooling = 0;
  double ridge = 0;
};

// The whitening matrices for one shrinkage; nullopt if a covariance is not positive definite.
std::optional<std::vector<at::Tensor>> Whiten(const std::vector<Moments>& components, const Shrinkage& shrinkage,
                                              const at::Tensor& noise_variance) {
  at::Tensor pooled = at::zeros_like(components[0].covariance);
  for (const Moments& component : components) pooled += component.weight * component.covariance;
  const double variance = pooled.diagonal().mean().item<double>();
  const at::Tensor identity = at::eye(pooled.size(0), at::kDouble);
  std::vector<at::Tensor> whitening;
  whitening.reserve(components.size());
  for (const Moments& component : components) {
    const at::Tensor covariance = (1 - shrinkage.pooling) * component.covariance + shrinkage.pooling * pooled +
                                  (shrinkage.ridge * variance * identity + noise_variance.diag());
    const auto [factor, failed] = at::linalg_cholesky_ex(covariance);
    if (failed.item<int64_t>() != 0 || factor.diagonal().min().item<double>() < kSmallestSpread) return std::nullopt;
    whitening.push_back(at::linalg_solve_triangular(factor, identity, /*upper=*/false));
  }
  return whitening;
}

double MeanLogDensity(const std::vector<Moments>& components, const std::vector<at::Tensor>& whitening,
                      const at::Tensor& rows) {
  std::vector<at::Tensor> log_components;
  log_components.reserve(components.size());
  for (size_t c = 0; c < components.size(); ++c) {
    const at::Tensor whitened = (rows - components[c].mean).mm(whitening[c].t());
    const double log_norm = whitening[c].diagonal().log().sum().item<double>() -
                            0.5 * static_cast<double>(rows.size(1)) * std::log(2 * std::numbers::pi);
    log_components.push_back(std::log(components[c].weight) + log_norm - 0.5 * whitened.square().sum(1));
  }
  return at::stack(log_components).logsumexp(0).mean().item<double>();
}

at::Tensor JudgedRows(const ModelSpec& spec, const LabelledData& validation, uint64_t seed) {
  const int64_t count = std::min(validation.rows.rows(), kMostJudgedRows);
  return ImportRows(
      DequantisedRows(spec, validation.rows.view().rows_from(0, count), DeriveSeed(seed, kBaseValidationPart)).view());
}

NamedTensor ToNamedTensor(const ParameterShape& shape, const at::Tensor& tensor) {
  const at::Tensor floats = tensor.to(at::kFloat).contiguous();
  const float* data = floats.const_data_ptr<float>();
  return {.name = shape.name, .shape = shape.shape, .values = std::vector<float>(data, data + floats.numel())};
}

std::vector<NamedTensor> ToTensors(const ModelSpec& spec, const std::vector<Moments>& components,
                                   const std::vector<at::Tensor>& whitening) {
  std::vector<double> log_weights;
  std::vector<at::Tensor> means;
  for (const Moments& component : components) {
    log_weights.push_back(std::log(component.weight));
    means.push_back(component.mean);
  }
  const std::vector<ParameterShape> layout = BaseLayout(spec);
  return {ToNamedTensor(layout[0], at::tensor(log_weights, at::kDouble)), ToNamedTensor(layout[1], at::stack(means)),
          ToNamedTensor(layout[2], at::stack(whitening))};
}

}  // namespace

absl::StatusOr<BaseFit> FitBase(const ModelSpec& spec, const LabelledData& train, const LabelledData& validation,
                                uint64_t seed) {
  if (spec.base.empty()) return BaseFit{};
  if (spec.base == kIndependentBase) return FitIndependentBase(spec, train, validation);
  const std::vector<Moments> components = ComponentsOf(spec, train);
  const at::Tensor judged = JudgedRows(spec, validation, seed);
  const at::Tensor noise_variance = at::tensor(ScaledSteps(spec), at::kDouble).square() / 12;
  std::optional<BaseFit> best;
  for (const double pooling : kPoolings) {
    if (pooling > 0 && components.size() == 1) break;
    for (const double ridge : kRidges) {
      const auto whitening = Whiten(components, {.pooling = pooling, .ridge = ridge}, noise_variance);
      if (!whitening.has_value()) continue;
      const double log_density = MeanLogDensity(components, *whitening, judged);
      if (best.has_value() && !(log_density > best->validation_log_density)) continue;
      best = {.tensors = ToTensors(spec, components, *whitening),
              .pooling = pooling,
              .ridge = ridge,
              .validation_log_density = log_density};
    }
  }
  if (best.has_value()) return *std::move(best);
  return absl::InvalidArgumentError(
      absl::StrCat("base \"", spec.base, "\": the training rows' covariances are singular"));
}

}  // namespace ebm

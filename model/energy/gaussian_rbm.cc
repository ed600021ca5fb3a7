#include "model/energy/gaussian_rbm.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/finite.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/kernels/multiply.h"
#include "model/kernels/row_chunks.h"
#include "model/spec/gaussian_rbm_spec.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

constexpr float kNotFinite = std::numeric_limits<float>::quiet_NaN();

size_t HiddenUnitsIn(const ModelSpec& spec) {
  return static_cast<size_t>(std::get<GaussianRbmSpec>(spec.network).hidden_units);
}

// So that x / s^2 is a number of float32 up to |x| of 1e21.
absl::Status CheckLogVariances(std::span<const float> log_variances) {
  constexpr float kMost = 40;
  for (size_t i = 0; i < log_variances.size(); ++i) {
    if (std::abs(log_variances[i]) <= kMost) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(kRbmLogVariance, "[", i, "] is ", log_variances[i], "; ", -kMost, " to ", kMost, " is allowed"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<GaussianRbm>> GaussianRbm::Create(const ModelSpec& spec,
                                                                 const std::vector<NamedTensor>& tensors,
                                                                 Precision precision) {
  if (precision == Precision::kBf16) {
    return absl::FailedPreconditionError(absl::StrCat("precision is bf16; family ", spec.family(), " has f32 only"));
  }
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  std::vector<std::span<const float>> parameters;
  parameters.reserve(found.size());
  for (const NamedTensor* tensor : found) parameters.emplace_back(tensor->values);
  EBM_RETURN_IF_ERROR(CheckLogVariances(parameters[2]));
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<GaussianBase> base, GaussianBase::Create(spec, tensors));
  std::unique_ptr<GaussianRbm> model(new GaussianRbm(spec, std::move(base)));
  model->SetParameters(parameters);
  return model;
}

GaussianRbm::GaussianRbm(const ModelSpec& spec, std::unique_ptr<GaussianBase> base)
    : base_(std::move(base)),
      hidden_(HiddenUnitsIn(spec), spec.num_classes()),
      weight_(static_cast<size_t>(spec.dimension()), hidden_.units()),
      weight_transposed_(hidden_.units(), static_cast<size_t>(spec.dimension())),
      visible_bias_(kernels::PaddedColumns(weight_.depth())),
      inverse_variance_(weight_.depth()),
      deviation_(weight_.depth()) {}

void GaussianRbm::SetParameters(const std::vector<std::span<const float>>& parameters) {
  weight_.Pack(parameters[0]);
  weight_transposed_.PackTransposed(parameters[0]);
  std::ranges::copy(parameters[1], visible_bias_.data());
  for (size_t i = 0; i < deviation_.size(); ++i) {
    inverse_variance_[i] = static_cast<float>(std::exp(-double{parameters[2][i]}));
    deviation_[i] = static_cast<float>(std::exp(0.5 * parameters[2][i]));
  }
  hidden_.SetParameters(std::span(parameters).subspan(3));
}

GaussianRbm::Workspace::Workspace(const GaussianRbm& model)
    : of_row(model.hidden_),
      noise(model.deviation_.size()),
      scaled(kernels::kRowsAtOnce, model.visible_bias_.size()),
      fields(kernels::kRowsAtOnce, model.hidden_.padded()),
      hidden(kernels::kRowsAtOnce, model.hidden_.padded()),
      visible(kernels::kRowsAtOnce, model.visible_bias_.size()) {}

void GaussianRbm::Fields(ConstMatrix x, int64_t first, int64_t count, Workspace& workspace) const {
  for (int64_t row = 0; row < count; ++row) {
    float* const scaled = workspace.scaled.row(static_cast<size_t>(row));
    const std::span<const float> values = x.row(first + row);
    for (size_t i = 0; i < values.size(); ++i) scaled[i] = values[i] * inverse_variance_[i];
  }
  kernels::Multiply({workspace.scaled.row(0), workspace.scaled.stride()}, static_cast<size_t>(count), weight_,
                    hidden_.bias(), {workspace.fields.row(0), workspace.fields.stride()});
}

void GaussianRbm::VisibleMeans(int64_t count, Workspace& workspace) const {
  kernels::Multiply({workspace.hidden.row(0), workspace.hidden.stride()}, static_cast<size_t>(count),
                    weight_transposed_, visible_bias_.data(), {workspace.visible.row(0), workspace.visible.stride()});
}

double GaussianRbm::TakeRow(std::span<const float> x, int64_t row, Workspace& workspace) const {
  float* const fields = workspace.of_row.fields.data();
  if (!AllFinite(x)) {
    std::fill_n(fields, hidden_.padded(), kNotFinite);
    return kNotFinite;
  }
  std::copy_n(workspace.fields.row(static_cast<size_t>(row)), hidden_.padded(), fields);
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double distance = double{x[i]} - visible_bias_.data()[i];
    sum -= distance * distance / 2 * inverse_variance_[i];
  }
  return sum;
}

void GaussianRbm::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  const auto loan = workspaces_.Borrow(*this);
  HiddenLayer::Workspace& of_row = (*loan).of_row;
  kernels::ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Fields(x, first, count, *loan);
    for (int64_t row = 0; row < count; ++row) {
      log_density[first + row] = hidden_.LogDensity(kNoClass, TakeRow(x.row(first + row), row, *loan), of_row);
      if (logits.rows() > 0) std::copy_n(of_row.logits.data(), num_classes(), logits.row(first + row).begin());
    }
  });
}

void GaussianRbm::HiddenMeans(ConstMatrix x, Matrix means) const {
  const auto loan = workspaces_.Borrow(*this);
  HiddenLayer::Workspace& of_row = (*loan).of_row;
  kernels::ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Fields(x, first, count, *loan);
    for (int64_t row = 0; row < count; ++row) {
      hidden_.LogDensity(kNoClass, TakeRow(x.row(first + row), row, *loan), of_row);
      hidden_.Means(kNoClass, of_row);
      std::copy_n(of_row.means.data(), num_hidden(), means.row(first + row).begin());
    }
  });
}

void GaussianRbm::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                           Matrix gradient) const {
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  kernels::ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    Fields(x, first, count, workspace);
    for (int64_t row = 0; row < count; ++row) {
      const int32_t target_class = classes[first + row];
      const double visible = TakeRow(x.row(first + row), row, workspace);
      log_density[first + row] = hidden_.LogDensity(target_class, visible, workspace.of_row);
      hidden_.Means(target_class, workspace.of_row);
      std::copy_n(workspace.of_row.means.data(), hidden_.padded(), workspace.hidden.row(static_cast<size_t>(row)));
    }
    VisibleMeans(count, workspace);
    for (int64_t row = 0; row < count; ++row) {
      const float* const means = workspace.visible.row(static_cast<size_t>(row));
      const std::span<const float> values = x.row(first + row);
      const std::span<float> out = gradient.row(first + row);
      for (size_t i = 0; i < values.size(); ++i) out[i] = (means[i] - values[i]) * inverse_variance_[i];
    }
  });
}

float GaussianRbm::DrawHidden(const SweepSettings& sweep, std::span<const float> x, int64_t row,
                              Workspace& workspace) const {
  const double visible = TakeRow(x, row, workspace);
  const float log_density = hidden_.LogDensity(sweep.target_class, visible, workspace.of_row);
  if (std::isnan(log_density)) return log_density;
  const int32_t y = hidden_.DrawClass(sweep, visible, workspace.of_row);
  hidden_.DrawUnits(sweep, y, workspace.of_row, workspace.hidden.row(static_cast<size_t>(row)));
  return log_density;
}

void GaussianRbm::DrawVisible(const SweepSettings& sweep, int64_t row, Workspace& workspace, std::span<float> x) const {
  const float* const means = workspace.visible.row(static_cast<size_t>(row));
  const float scale = sweep.takes_mode ? 0 : std::sqrt(sweep.temperature);
  FillNormal(KeyOf(sweep, RandomStream::kGibbsVisible), workspace.noise);
  for (size_t i = 0; i < x.size(); ++i) {
    if (!sweep.free_coordinates.empty() && sweep.free_coordinates[i] == 0) continue;
    x[i] = means[i] + scale * deviation_[i] * workspace.noise[i];
  }
}

void GaussianRbm::Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const {
  assert(sweeps.size() == static_cast<size_t>(states.rows()) && log_density.size() == sweeps.size());
  assert(std::ranges::all_of(sweeps, [](const SweepSettings& sweep) { return sweep.beta == 1; }));
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  kernels::ForEachChunk(states.rows(), [&](int64_t first, int64_t count) {
    Fields(states, first, count, workspace);
    for (int64_t row = 0; row < count; ++row) {
      log_density[first + row] = DrawHidden(sweeps[first + row], states.row(first + row), row, workspace);
    }
    VisibleMeans(count, workspace);
    for (int64_t row = 0; row < count; ++row) {
      const std::span<float> x = states.row(first + row);
      if (std::isnan(log_density[first + row])) {
        std::ranges::fill(x, kNotFinite);
      } else {
        DrawVisible(sweeps[first + row], row, workspace, x);
      }
    }
  });
}

}  // namespace ebm

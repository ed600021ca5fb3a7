#include "model/energy/rbm.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/core/log_sum_exp.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/kernels/discrete_units.h"
#include "model/kernels/log_density.h"
#include "model/kernels/multiply.h"
#include "model/kernels/row_chunks.h"
#include "model/spec/parameter_layout.h"
#include "model/spec/rbm_spec.h"

namespace ebm {
namespace {

constexpr float kNoLevel = std::numeric_limits<float>::quiet_NaN();
// The uniform number with which a draw is the more probable of two levels.
constexpr float kHalf = 0.5F;

size_t HiddenUnitsOf(const ModelSpec& spec) {
  return static_cast<size_t>(std::get<RbmSpec>(spec.network).hidden_units);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rbm>> Rbm::Create(const ModelSpec& spec, const std::vector<NamedTensor>& tensors,
                                                 Precision precision) {
  if (precision == Precision::kBf16) {
    return absl::FailedPreconditionError(absl::StrCat("precision is bf16; family ", spec.family(), " has f32 only"));
  }
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindParameters(spec, tensors));
  std::vector<std::span<const float>> parameters;
  parameters.reserve(found.size());
  for (const NamedTensor* tensor : found) parameters.emplace_back(tensor->values);

  EBM_ASSIGN_OR_RETURN(std::unique_ptr<IndependentBase> base, IndependentBase::Create(spec, tensors));
  std::unique_ptr<Rbm> model(new Rbm(spec, std::move(base)));
  model->SetParameters(parameters);
  return model;
}

Rbm::Rbm(const ModelSpec& spec, std::unique_ptr<IndependentBase> base)
    : indicators_(spec),
      base_(std::move(base)),
      hidden_(HiddenUnitsOf(spec), spec.num_classes()),
      weight_(static_cast<size_t>(indicators_.count()), hidden_.padded()),
      weight_transposed_(hidden_.units(), static_cast<size_t>(indicators_.count())),
      visible_bias_(kernels::PaddedColumns(static_cast<size_t>(indicators_.count()))),
      no_shifts_(visible_bias_.size()) {}

void Rbm::SetParameters(const std::vector<std::span<const float>>& parameters) {
  CopyRows(parameters[0], hidden_.units(), weight_);
  weight_transposed_.PackTransposed(parameters[0]);
  std::ranges::copy(parameters[1], visible_bias_.data());
  hidden_.SetParameters(std::span(parameters).subspan(2));
}

Rbm::Workspace::Workspace(const Rbm& model)
    : of_row(model.hidden_),
      uniform(static_cast<size_t>(model.dimension())),
      indicator_uniform(model.visible_bias_.size()),
      units(model.visible_bias_.size()),
      hidden(kernels::kRowsAtOnce, model.hidden_.padded()),
      visible(kernels::kRowsAtOnce, model.visible_bias_.size()) {
  active_rows.reserve(static_cast<size_t>(model.dimension()));
}

double Rbm::Fields(std::span<const float> x, Workspace& workspace) const {
  workspace.active_rows.clear();
  double visible_energy = 0;
  for (int64_t i = 0; i < std::ssize(x); ++i) {
    if (!IsLevel(x[i], indicators_.levels()[i])) {
      std::fill_n(workspace.of_row.fields.data(), workspace.of_row.fields.size(), kNoLevel);
      return kNoLevel;
    }
    const int64_t indicator = indicators_.At(i, static_cast<int64_t>(x[i]));
    if (indicator < 0) continue;
    workspace.active_rows.push_back(weight_.row(static_cast<size_t>(indicator)));
    visible_energy += visible_bias_.data()[indicator];
  }
  kernels::SumRows(hidden_.bias(), workspace.active_rows, hidden_.padded(), workspace.of_row.fields.data());
  return visible_energy;
}

// With the sum over the hidden units and classes of the base's density, 2^H K, divided out at beta = 0.
void Rbm::LogDensityAlong(ConstMatrix x, std::span<const double> betas, std::span<double> log_density) const {
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  const double log_hidden =
      static_cast<double>(hidden_.units()) * std::numbers::ln2 + std::log(static_cast<double>(num_classes()));
  std::vector<double> of_classes(static_cast<size_t>(num_classes()));
  for (int64_t row = 0; row < x.rows(); ++row) {
    const double visible_energy = Fields(x.row(row), workspace);
    const double log_base = base_->LogMarginal(x.row(row));
    for (size_t i = 0; i < betas.size(); ++i) {
      for (int64_t y = 0; y < num_classes(); ++y) {
        of_classes[y] = hidden_.LogJoint(y, visible_energy, static_cast<float>(betas[i]), workspace.of_row);
      }
      log_density[row * betas.size() + i] = (1 - betas[i]) * (log_base - log_hidden) + LogSumExp(of_classes);
    }
  }
}

void Rbm::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  const auto loan = workspaces_.Borrow(*this);
  HiddenLayer::Workspace& of_row = (*loan).of_row;
  for (int64_t row = 0; row < x.rows(); ++row) {
    log_density[row] = hidden_.LogDensity(kNoClass, Fields(x.row(row), *loan), of_row);
    if (logits.rows() > 0) std::copy_n(of_row.logits.data(), num_classes(), logits.row(row).begin());
  }
}

// A row with a number that is none of its levels has NaN for the fields and, by them, for its means.
void Rbm::HiddenMeans(ConstMatrix x, Matrix means) const {
  const auto loan = workspaces_.Borrow(*this);
  HiddenLayer::Workspace& of_row = (*loan).of_row;
  for (int64_t row = 0; row < x.rows(); ++row) {
    hidden_.LogDensity(kNoClass, Fields(x.row(row), *loan), of_row);
    hidden_.Means(kNoClass, of_row);
    std::copy_n(of_row.means.data(), num_hidden(), means.row(row).begin());
  }
}

float Rbm::DrawHidden(const SweepSettings& sweep, std::span<const float> x, int64_t row, Workspace& workspace) const {
  const double visible_energy = Fields(x, workspace);
  const float log_density = hidden_.LogDensity(sweep.target_class, visible_energy, workspace.of_row);
  if (std::isnan(log_density)) return log_density;
  const int32_t y = hidden_.DrawClass(sweep, visible_energy, workspace.of_row);
  hidden_.DrawUnits(sweep, y, workspace.of_row, workspace.hidden.row(static_cast<size_t>(row)));
  return log_density;
}

void Rbm::MoveToBeta(float beta, int64_t row, Workspace& workspace) const {
  if (beta == 1) return;
  const std::span<const float> of_base = base_->site_logits();
  float* fields = workspace.visible.row(static_cast<size_t>(row));
  for (size_t s = 0; s < of_base.size(); ++s) fields[s] = (1 - beta) * of_base[s] + beta * fields[s];
}

// The units of all coordinates of two levels are drawn at once, at the places of their indicators.
void Rbm::DrawBinary(const SweepSettings& sweep, const float* fields, Workspace& workspace) const {
  const std::span<const float> uniform = workspace.uniform;
  for (int64_t i = 0; i < dimension(); ++i) {
    if (!indicators_.is_binary(i)) continue;
    workspace.indicator_uniform.data()[indicators_.first(i)] = sweep.takes_mode ? kHalf : uniform[i];
  }
  const float inverse_temperature = sweep.takes_mode ? 1 : 1 / sweep.temperature;
  kernels::DrawUnits(fields, no_shifts_.data(), inverse_temperature, workspace.indicator_uniform.data(),
                     visible_bias_.size(), workspace.units.data());
}

void Rbm::DrawVisible(const SweepSettings& sweep, int64_t row, Workspace& workspace, std::span<float> x) const {
  const float* fields = workspace.visible.row(static_cast<size_t>(row));
  FillUniform(KeyOf(sweep, RandomStream::kGibbsVisible), std::span(workspace.uniform).first(x.size()));
  if (indicators_.has_binary()) DrawBinary(sweep, fields, workspace);
  for (int64_t i = 0; i < std::ssize(x); ++i) {
    if (!sweep.free_coordinates.empty() && sweep.free_coordinates[i] == 0) continue;
    if (indicators_.is_binary(i)) {
      x[i] = workspace.units.data()[indicators_.first(i)];
      continue;
    }
    const std::span<const float> of_levels(fields + indicators_.first(i), static_cast<size_t>(levels()[i]));
    const auto level = sweep.takes_mode ? static_cast<size_t>(std::ranges::max_element(of_levels) - of_levels.begin())
                                        : kernels::DrawLevel(of_levels, 1 / sweep.temperature, workspace.uniform[i]);
    x[i] = static_cast<float>(level);
  }
}

void Rbm::Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const {
  assert(sweeps.size() == static_cast<size_t>(states.rows()) && log_density.size() == sweeps.size());
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  kernels::ForEachChunk(states.rows(), [&](int64_t first, int64_t count) {
    for (int64_t row = 0; row < count; ++row) {
      log_density[first + row] = DrawHidden(sweeps[first + row], states.row(first + row), row, workspace);
    }
    kernels::Multiply({workspace.hidden.row(0), workspace.hidden.stride()}, static_cast<size_t>(count),
                      weight_transposed_, visible_bias_.data(), {workspace.visible.row(0), workspace.visible.stride()});
    for (int64_t row = 0; row < count; ++row) {
      const std::span<float> x = states.row(first + row);
      if (std::isnan(log_density[first + row])) {
        std::ranges::fill(x, kNoLevel);
      } else {
        MoveToBeta(sweeps[first + row].beta, row, workspace);
        DrawVisible(sweeps[first + row], row, workspace, x);
      }
    }
  });
}

}  // namespace ebm

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

void CopyRows(std::span<const float> values, size_t columns, kernels::RowBlock& rows) {
  for (size_t r = 0; r * columns < values.size(); ++r) {
    std::ranges::copy(values.subspan(r * columns, columns), rows.row(r));
  }
}

// The inverse temperature at which a sweep draws the class and the hidden units.
float InverseTemperature(const SweepSettings& sweep) { return sweep.beta / sweep.temperature; }

RandomKey KeyOf(const SweepSettings& sweep, RandomStream stream) {
  return {.seed = sweep.seed, .stream = stream, .chain = sweep.chain, .step = sweep.step};
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
      num_classes_(spec.num_classes()),
      padded_hidden_(kernels::PaddedColumns(HiddenUnitsOf(spec))),
      base_(std::move(base)),
      weight_(static_cast<size_t>(indicators_.count()), padded_hidden_),
      weight_transposed_(HiddenUnitsOf(spec), static_cast<size_t>(indicators_.count())),
      visible_bias_(kernels::PaddedColumns(static_cast<size_t>(indicators_.count()))),
      no_shifts_(visible_bias_.size()),
      hidden_bias_(padded_hidden_),
      class_weight_(static_cast<size_t>(num_classes_), padded_hidden_),
      class_bias_(static_cast<size_t>(num_classes_)) {}

void Rbm::SetParameters(const std::vector<std::span<const float>>& parameters) {
  const size_t hidden = weight_transposed_.depth();
  CopyRows(parameters[0], hidden, weight_);
  weight_transposed_.PackTransposed(parameters[0]);
  std::ranges::copy(parameters[1], visible_bias_.data());
  std::ranges::copy(parameters[2], hidden_bias_.data());
  if (parameters.size() == 3) return;
  CopyRows(parameters[3], hidden, class_weight_);
  std::ranges::copy(parameters[4], class_bias_.begin());
}

Rbm::Workspace::Workspace(const Rbm& model)
    : fields(model.padded_hidden_),
      logits(kernels::PaddedColumns(static_cast<size_t>(model.num_classes_))),
      uniform(static_cast<size_t>(model.dimension())),
      hidden_uniform(model.padded_hidden_),
      indicator_uniform(model.visible_bias_.size()),
      units(model.visible_bias_.size()),
      hidden_means(model.padded_hidden_),
      hidden(kernels::kRowsAtOnce, model.padded_hidden_),
      visible(kernels::kRowsAtOnce, model.visible_bias_.size()) {
  active_rows.reserve(static_cast<size_t>(model.dimension()));
}

double Rbm::Fields(std::span<const float> x, Workspace& workspace) const {
  workspace.active_rows.clear();
  double visible_energy = 0;
  for (int64_t i = 0; i < std::ssize(x); ++i) {
    if (!IsLevel(x[i], indicators_.levels()[i])) {
      std::fill_n(workspace.fields.data(), workspace.fields.size(), kNoLevel);
      return kNoLevel;
    }
    const int64_t indicator = indicators_.At(i, static_cast<int64_t>(x[i]));
    if (indicator < 0) continue;
    workspace.active_rows.push_back(weight_.row(static_cast<size_t>(indicator)));
    visible_energy += visible_bias_.data()[indicator];
  }
  kernels::SumRows(hidden_bias_.data(), workspace.active_rows, padded_hidden_, workspace.fields.data());
  return visible_energy;
}

double Rbm::LogJoint(int64_t y, double visible_energy, float inverse_temperature, const Workspace& workspace) const {
  const double softplus = kernels::SumOfSoftplus(workspace.fields.data(), class_weight_.row(static_cast<size_t>(y)),
                                                 inverse_temperature, weight_transposed_.depth());
  return (visible_energy + class_bias_[y]) * inverse_temperature + softplus;
}

void Rbm::LogitsFromFields(double visible_energy, float inverse_temperature, Workspace& workspace) const {
  for (int64_t y = 0; y < num_classes_; ++y) {
    workspace.logits.data()[y] = static_cast<float>(LogJoint(y, visible_energy, inverse_temperature, workspace));
  }
}

float Rbm::LogDensityFromFields(int32_t target_class, double visible_energy, Workspace& workspace) const {
  if (target_class != kNoClass) return static_cast<float>(LogJoint(target_class, visible_energy, 1, workspace));
  LogitsFromFields(visible_energy, 1, workspace);
  return kernels::LogSumExp(workspace.logits.data(), static_cast<size_t>(num_classes_));
}

// With the sum over the hidden units and classes of the base's density, 2^H K, divided out at beta = 0.
void Rbm::LogDensityAlong(ConstMatrix x, std::span<const double> betas, std::span<double> log_density) const {
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  const double log_hidden =
      static_cast<double>(weight_transposed_.depth()) * std::numbers::ln2 + std::log(static_cast<double>(num_classes_));
  std::vector<double> of_classes(static_cast<size_t>(num_classes_));
  for (int64_t row = 0; row < x.rows(); ++row) {
    const double visible_energy = Fields(x.row(row), workspace);
    const double log_base = base_->LogMarginal(x.row(row));
    for (size_t i = 0; i < betas.size(); ++i) {
      for (int64_t y = 0; y < num_classes_; ++y) {
        of_classes[y] = LogJoint(y, visible_energy, static_cast<float>(betas[i]), workspace);
      }
      log_density[row * betas.size() + i] = (1 - betas[i]) * (log_base - log_hidden) + LogSumExp(of_classes);
    }
  }
}

void Rbm::Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const {
  const auto workspace = workspaces_.Borrow(*this);
  float* f = (*workspace).logits.data();
  for (int64_t row = 0; row < x.rows(); ++row) {
    log_density[row] = LogDensityFromFields(kNoClass, Fields(x.row(row), *workspace), *workspace);
    if (logits.rows() > 0) std::copy_n(f, num_classes_, logits.row(row).begin());
  }
}

// A row with a number that is none of its levels has NaN for the fields and, by them, for its means.
void Rbm::HiddenMeans(ConstMatrix x, Matrix means) const {
  const auto loan = workspaces_.Borrow(*this);
  Workspace& workspace = *loan;
  for (int64_t row = 0; row < x.rows(); ++row) {
    LogDensityFromFields(kNoClass, Fields(x.row(row), workspace), workspace);
    const std::vector<double> logits(workspace.logits.data(), workspace.logits.data() + num_classes_);
    const double log_sum = LogSumExp(logits);
    std::fill_n(workspace.hidden_means.data(), padded_hidden_, 0.0F);
    for (int64_t y = 0; y < num_classes_; ++y) {
      const auto probability = num_classes_ == 1 ? 1.0F : static_cast<float>(std::exp(logits[y] - log_sum));
      kernels::AddMeansOfUnits(workspace.fields.data(), class_weight_.row(static_cast<size_t>(y)), probability,
                               padded_hidden_, workspace.hidden_means.data());
    }
    // The rounding of several classes can add up to more than 1; NaN stays.
    std::transform(workspace.hidden_means.data(), workspace.hidden_means.data() + num_hidden(), means.row(row).begin(),
                   [](float mean) { return mean > 1 ? 1.0F : mean; });
  }
}

int32_t Rbm::DrawClass(const SweepSettings& sweep, double visible_energy, Workspace& workspace) const {
  if (sweep.target_class != kNoClass) return sweep.target_class;
  if (num_classes_ == 1) return 0;
  if (InverseTemperature(sweep) != 1) LogitsFromFields(visible_energy, InverseTemperature(sweep), workspace);
  float uniform = 0;
  FillUniform(KeyOf(sweep, RandomStream::kGibbsClass), {&uniform, 1});
  const std::span<const float> logits(workspace.logits.data(), static_cast<size_t>(num_classes_));
  return static_cast<int32_t>(kernels::DrawLevel(logits, 1, uniform));
}

float Rbm::DrawHidden(const SweepSettings& sweep, std::span<const float> x, int64_t row, Workspace& workspace) const {
  const double visible_energy = Fields(x, workspace);
  const float log_density = LogDensityFromFields(sweep.target_class, visible_energy, workspace);
  if (std::isnan(log_density)) return log_density;
  const int32_t y = DrawClass(sweep, visible_energy, workspace);
  FillUniform(KeyOf(sweep, RandomStream::kGibbsHidden), {workspace.hidden_uniform.data(), weight_transposed_.depth()});
  kernels::DrawUnits(workspace.fields.data(), class_weight_.row(static_cast<size_t>(y)), InverseTemperature(sweep),
                     workspace.hidden_uniform.data(), padded_hidden_, workspace.hidden.row(static_cast<size_t>(row)));
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

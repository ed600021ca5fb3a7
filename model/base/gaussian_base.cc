#include "model/base/gaussian_base.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "model/base/conditional_gaussians.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/kernels/log_density.h"
#include "model/kernels/row_chunks.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

absl::Status CheckWeights(std::span<const float> log_weights) {
  constexpr double kTolerance = 1e-4;
  double sum = 0;
  for (const float log_weight : log_weights) sum += std::exp(double{log_weight});
  if (std::abs(sum - 1) <= kTolerance) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", kBaseLogWeights, ": the weights sum to ", sum, ", not to 1"));
}

absl::Status CheckDiagonals(std::span<const float> whitening, int64_t dimension) {
  for (size_t row = 0; row * dimension < whitening.size(); ++row) {
    const float diagonal = whitening[row * dimension + row % dimension];
    if (diagonal > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("tensor ", kBaseWhitening, " has ", diagonal, " on its diagonal; it must be above 0"));
  }
  return absl::OkStatus();
}

std::vector<float> Copy(std::span<const float> values) { return {values.begin(), values.end()}; }

// Uses several partial sums, so that no product waits for the sum before it.
double Dot(std::span<const float> a, std::span<const float> b) {
  constexpr size_t kLanes = 16;
  std::array<double, kLanes> lanes = {};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += double{a[i + lane]} * b[i + lane];
  }
  for (; i < a.size(); ++i) lanes[i % kLanes] += double{a[i]} * b[i];
  return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GaussianBase>> GaussianBase::Create(const ModelSpec& spec,
                                                                   const std::vector<NamedTensor>& tensors) {
  if (spec.base.empty()) return nullptr;
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found, FindBase(spec, tensors));
  const Parameters parameters = {
      .log_weights = found[0]->values, .means = found[1]->values, .whitening = found[2]->values};
  EBM_RETURN_IF_ERROR(CheckWeights(parameters.log_weights));
  EBM_RETURN_IF_ERROR(CheckDiagonals(parameters.whitening, spec.dimension()));
  return std::unique_ptr<GaussianBase>(new GaussianBase(parameters, spec.base_evidence));
}

GaussianBase::GaussianBase(const Parameters& parameters, float evidence)
    : evidence_(evidence),
      kernel_(parameters.log_weights, parameters.means, parameters.whitening),
      log_weights_(Copy(parameters.log_weights)),
      means_(Copy(parameters.means)),
      whitening_(Copy(parameters.whitening)) {}

// Returns ln b or, for a class that has a component, ln b_y = l_y - ln w_y. Replaces each l_c by the weight of grad l_c
// in the gradient.
float GaussianBase::EvaluateRow(int32_t target_class, float* log_components) const {
  const size_t components = log_weights_.size();
  const int32_t chosen = components == 1 ? kNoClass : target_class;
  const float log_density = kernels::LogDensityAndWeights(chosen, components, log_components);
  return chosen == kNoClass ? log_density : log_density - log_weights_[chosen];
}

void GaussianBase::Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                            Matrix gradient) const {
  const auto workspace = workspaces_.Borrow(kernel_);
  std::ranges::fill(gradient.values(), 0.0F);
  kernels::ForEachChunk(x.rows(), [&](int64_t first, int64_t count) {
    kernel_.Forward(x.rows_from(first, count), *workspace);
    for (int64_t row = 0; row < count; ++row) {
      const int32_t target_class = classes.empty() ? kNoClass : classes[first + row];
      log_density[first + row] = EvaluateRow(target_class, (*workspace).log_components(row));
    }
    if (gradient.rows() > 0) kernel_.AddGradient(*workspace, gradient.rows_from(first, count));
  });
}

void GaussianBase::AddToLogits(int64_t row, Workspace& workspace, std::span<float> logits) const {
  const float* components = workspace.log_components(row);
  const float log_density = kernels::LogSumExp(components, log_weights_.size());
  for (size_t y = 0; y < logits.size(); ++y) {
    const float evidence = evidence_ > 0 ? evidence_ * (components[y] - log_density) : 0.0F;
    logits[y] += log_density + evidence;
  }
}

void GaussianBase::Weigh(int64_t row, std::span<const float> v, Workspace& workspace) const {
  float* weights = workspace.log_components(row);
  kernels::LogDensityAndWeights(kNoClass, log_weights_.size(), weights);
  if (evidence_ == 0) return;
  for (size_t c = 0; c < log_weights_.size(); ++c) weights[c] += evidence_ * (v[c] - weights[c]);
}

int64_t GaussianBase::ChooseComponent(uint64_t seed, uint32_t chain, int32_t target_class) const {
  const auto components = static_cast<int64_t>(log_weights_.size());
  if (components == 1) return 0;
  if (target_class != kNoClass) return target_class;
  float u = 0;
  FillUniform({.seed = seed, .stream = RandomStream::kBaseDraw, .chain = chain}, {&u, 1});
  double cumulated = 0;
  for (int64_t c = 0; c + 1 < components; ++c) {
    cumulated += std::exp(double{log_weights_[c]});
    if (u < cumulated) return c;
  }
  return components - 1;
}

std::unique_ptr<ConditionalDensity> GaussianBase::Given(std::span<const float> x, int32_t target_class) const {
  const auto dimension = static_cast<size_t>(kernel_.dimension());
  const bool is_one_class = target_class != kNoClass && log_weights_.size() > 1;
  std::vector<WhitenedGaussian> components;
  for (size_t c = 0; c < log_weights_.size(); ++c) {
    if (is_one_class && c != static_cast<size_t>(target_class)) continue;
    components.push_back(
        {.log_weight = is_one_class ? 0 : log_weights_[c],
         .mean = std::span(means_).subspan(c * dimension, dimension),
         .whitening = std::span(whitening_).subspan(c * dimension * dimension, dimension * dimension)});
  }
  return std::make_unique<ConditionalGaussians>(components, x);
}

// Solves W (x - mu) = z by forward substitution. noise: z.
void GaussianBase::DrawFrom(int64_t component, std::span<float> noise, std::span<float> x) const {
  const auto dimension = static_cast<size_t>(kernel_.dimension());
  const float* mean = means_.data() + component * kernel_.dimension();
  const float* row = whitening_.data() + component * kernel_.dimension() * kernel_.dimension();
  for (size_t i = 0; i < dimension; ++i, row += dimension) {
    const double rest = noise[i] - Dot({row, i}, noise.first(i));
    noise[i] = static_cast<float>(rest / row[i]);
  }
  for (size_t i = 0; i < dimension; ++i) x[i] = mean[i] + noise[i];
}

void GaussianBase::Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const {
  std::vector<float> noise(kernel_.dimension());
  for (int64_t row = 0; row < states.rows(); ++row) {
    const uint32_t chain = first_chain + static_cast<uint32_t>(row);
    FillNormal({.seed = seed, .stream = RandomStream::kBaseDraw, .chain = chain, .step = 1}, noise);
    DrawFrom(ChooseComponent(seed, chain, target_class), noise, states.row(row));
  }
}

}  // namespace ebm

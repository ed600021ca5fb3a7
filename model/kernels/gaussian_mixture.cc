#include "model/kernels/gaussian_mixture.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "model/kernels/multiply.h"
#include "model/kernels/row_chunks.h"

namespace ebm::kernels {
namespace {

// Sums of squares use this many partial sums, which the compiler vectorises.
constexpr size_t kLanes = 16;

constexpr size_t WholeLanes(size_t size) { return (size + kLanes - 1) / kLanes * kLanes; }

// values: a multiple of kLanes.
float SumOfSquares(const float* values, size_t size) {
  float lanes[kLanes] = {};
  for (size_t i = 0; i < size; i += kLanes) {
    for (size_t j = 0; j < kLanes; ++j) lanes[j] += values[i + j] * values[i + j];
  }
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  return sum;
}

std::vector<float> MixtureMean(std::span<const float> log_weights, std::span<const float> means) {
  const size_t dimension = means.size() / log_weights.size();
  std::vector<float> mean(dimension);
  for (size_t c = 0; c < log_weights.size(); ++c) {
    for (size_t i = 0; i < dimension; ++i) mean[i] += std::exp(log_weights[c]) * means[c * dimension + i];
  }
  return mean;
}

// ln |det W| - D/2 ln(2 pi). whitening: [D, D].
double LogNorm(const float* whitening, size_t dimension) {
  double sum = -0.5 * static_cast<double>(dimension) * std::log(2 * std::numbers::pi);
  for (size_t i = 0; i < dimension; ++i) sum += std::log(double{whitening[i * dimension + i]});
  return sum;
}

// The lower triangles, with zero rows added to each component up to a multiple of kLanes: [C * stride, D].
std::vector<float> PadComponents(std::span<const float> whitening, size_t dimension, size_t stride) {
  const size_t components = whitening.size() / (dimension * dimension);
  std::vector<float> padded(components * stride * dimension);
  for (size_t c = 0; c < components; ++c) {
    for (size_t i = 0; i < dimension; ++i) {
      const float* row = whitening.data() + (c * dimension + i) * dimension;
      std::copy_n(row, i + 1, padded.data() + (c * stride + i) * dimension);
    }
  }
  return padded;
}

}  // namespace

GaussianMixtureKernel::Workspace::Workspace(const GaussianMixtureKernel& kernel)
    : centred_(kRowsAtOnce, kernel.mean_.size()),
      whitened_(kRowsAtOnce, PaddedColumns(kernel.forward_.columns())),
      log_components_(kRowsAtOnce, PaddedColumns(kernel.log_norms_.size())),
      gradient_(kRowsAtOnce, PaddedColumns(kernel.mean_.size())) {}

GaussianMixtureKernel::GaussianMixtureKernel(std::span<const float> log_weights, std::span<const float> means,
                                             std::span<const float> whitening)
    : stride_(WholeLanes(means.size() / log_weights.size())),
      mean_(MixtureMean(log_weights, means)),
      forward_(mean_.size(), log_weights.size() * stride_),
      backward_(log_weights.size() * stride_, mean_.size()),
      start_(PaddedColumns(forward_.columns())),
      zeros_(PaddedColumns(mean_.size())) {
  const size_t dimension = mean_.size();
  const std::vector<float> padded = PadComponents(whitening, dimension, stride_);
  forward_.PackTransposed(padded);
  backward_.Pack(padded);
  for (size_t c = 0; c < log_weights.size(); ++c) {
    const double log_norm = LogNorm(whitening.data() + c * dimension * dimension, dimension);
    log_norms_.push_back(static_cast<float>(log_weights[c] + log_norm));
    for (size_t i = 0; i < dimension; ++i) {
      const float* row = padded.data() + (c * stride_ + i) * dimension;
      double whitened = 0;
      for (size_t j = 0; j <= i; ++j) whitened += double{row[j]} * (double{means[c * dimension + j]} - mean_[j]);
      start_.data()[c * stride_ + i] = static_cast<float>(-whitened);
    }
  }
}

void GaussianMixtureKernel::Forward(ConstMatrix x, Workspace& workspace) const {
  assert(x.rows() <= kRowsAtOnce);
  for (int64_t row = 0; row < x.rows(); ++row) {
    std::ranges::transform(x.row(row), mean_, workspace.centred_.row(row), std::minus<>());
  }
  const InputRows centred = {workspace.centred_.row(0), workspace.centred_.stride()};
  const OutputRows whitened = {workspace.whitened_.row(0), workspace.whitened_.stride()};
  Multiply(centred, x.rows(), forward_, start_.data(), whitened);
  for (int64_t row = 0; row < x.rows(); ++row) {
    for (size_t c = 0; c < log_norms_.size(); ++c) {
      const float squares = SumOfSquares(workspace.whitened_.row(row) + c * stride_, stride_);
      workspace.log_components_.row(row)[c] = log_norms_[c] - 0.5F * squares;
    }
  }
}

void GaussianMixtureKernel::AddGradient(Workspace& workspace, Matrix gradient) const {
  assert(gradient.rows() <= kRowsAtOnce);
  for (int64_t row = 0; row < gradient.rows(); ++row) {
    for (size_t c = 0; c < log_norms_.size(); ++c) {
      const float weight = -workspace.log_components_.row(row)[c];
      float* whitened = workspace.whitened_.row(row) + c * stride_;
      for (size_t i = 0; i < stride_; ++i) whitened[i] *= weight;
    }
  }
  const InputRows weighted = {workspace.whitened_.row(0), workspace.whitened_.stride()};
  Multiply(weighted, gradient.rows(), backward_, zeros_.data(),
           {workspace.gradient_.row(0), workspace.gradient_.stride()});
  for (int64_t row = 0; row < gradient.rows(); ++row) {
    const std::span<float> sum = gradient.row(row);
    std::ranges::transform(sum, std::span(workspace.gradient_.row(row), sum.size()), sum.begin(), std::plus<>());
  }
}

}  // namespace ebm::kernels

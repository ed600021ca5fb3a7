#include "model/base/conditional_gaussians.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "model/core/random.h"

namespace ebm {
namespace {

// Replaces the lower triangle of a positive definite [n, n] by its Cholesky factor.
void Factorise(size_t n, std::span<double> matrix) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double sum = matrix[i * n + j];
      for (size_t k = 0; k < j; ++k) sum -= matrix[i * n + k] * matrix[j * n + k];
      matrix[i * n + j] = i == j ? std::sqrt(sum) : sum / matrix[j * n + j];
    }
  }
}

// Solves L v = v and L^T v = v in place.
void SolveLower(std::span<const double> factor, std::span<double> v) {
  const size_t n = v.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k) v[i] -= factor[i * n + k] * v[k];
    v[i] /= factor[i * n + i];
  }
}

void SolveUpper(std::span<const double> factor, std::span<double> v) {
  const size_t n = v.size();
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) v[i] -= factor[k * n + i] * v[k];
    v[i] /= factor[i * n + i];
  }
}

// W (x - mu) with x = mu where it is missing.
std::vector<double> Whitened(const WhitenedGaussian& gaussian, std::span<const float> x) {
  const size_t dimension = x.size();
  std::vector<double> centred(dimension);
  for (size_t i = 0; i < dimension; ++i) centred[i] = std::isnan(x[i]) ? 0 : double{x[i]} - gaussian.mean[i];
  std::vector<double> whitened(dimension);
  for (size_t i = 0; i < dimension; ++i) {
    for (size_t j = 0; j <= i; ++j) whitened[i] += gaussian.whitening[i * dimension + j] * centred[j];
  }
  return whitened;
}

std::vector<size_t> MissingOf(std::span<const float> x) {
  std::vector<size_t> missing;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) missing.push_back(i);
  }
  return missing;
}

}  // namespace

ConditionalGaussians::ConditionalGaussians(std::span<const WhitenedGaussian> components, std::span<const float> x)
    : missing_(MissingOf(x)) {
  components_.reserve(components.size());
  double largest = -INFINITY;
  for (const WhitenedGaussian& gaussian : components) {
    components_.push_back(MakeComponent(gaussian, x));
    largest = std::max(largest, components_.back().log_weight);
  }
  double sum = 0;
  for (const Component& component : components_) sum += std::exp(component.log_weight - largest);
  log_marginal_ = largest + std::log(sum);
}

ConditionalGaussians::Component ConditionalGaussians::MakeComponent(const WhitenedGaussian& gaussian,
                                                                    std::span<const float> x) const {
  const size_t dimension = x.size();
  const size_t m = missing_.size();
  const std::vector<double> r = Whitened(gaussian, x);
  Component component = {.log_weight = gaussian.log_weight, .mean = std::vector<double>(m)};
  component.factor.resize(m * m);
  double log_determinant = 0;
  double square = 0;
  for (size_t i = 0; i < dimension; ++i) {
    const std::span<const float> row = gaussian.whitening.subspan(i * dimension, dimension);
    log_determinant += std::log(double{row[i]});
    square += r[i] * r[i];
    for (size_t a = 0; a < m && missing_[a] <= i; ++a) {
      component.mean[a] -= row[missing_[a]] * r[i];
      for (size_t b = 0; b <= a; ++b) component.factor[a * m + b] += double{row[missing_[a]]} * row[missing_[b]];
    }
  }
  Factorise(m, component.factor);
  SolveLower(component.factor, component.mean);
  // |r + A d|^2 = |r|^2 - |L^-1 A^T r|^2
  for (size_t a = 0; a < m; ++a) {
    square -= component.mean[a] * component.mean[a];
    log_determinant -= std::log(component.factor[a * m + a]);
  }
  SolveUpper(component.factor, component.mean);
  for (size_t a = 0; a < m; ++a) component.mean[a] += gaussian.mean[missing_[a]];
  component.log_weight +=
      log_determinant - 0.5 * square - 0.5 * static_cast<double>(dimension - m) * std::log(2 * std::numbers::pi);
  return component;
}

const ConditionalGaussians::Component& ConditionalGaussians::Choose(uint64_t seed, uint32_t chain) const {
  if (components_.size() == 1) return components_.front();
  float u = 0;
  FillUniform({.seed = seed, .stream = RandomStream::kMissingValue, .chain = chain}, {&u, 1});
  double cumulated = 0;
  for (const Component& component : components_) {
    cumulated += std::exp(component.log_weight - log_marginal_);
    if (u < cumulated) return component;
  }
  return components_.back();
}

void ConditionalGaussians::Draw(uint64_t seed, uint32_t chain, std::span<float> x) const {
  const Component& component = Choose(seed, chain);
  std::vector<float> noise(missing_.size());
  FillNormal({.seed = seed, .stream = RandomStream::kMissingValue, .chain = chain, .step = 1}, noise);
  std::vector<double> z(noise.begin(), noise.end());
  SolveUpper(component.factor, z);
  for (size_t a = 0; a < missing_.size(); ++a) x[missing_[a]] = static_cast<float>(component.mean[a] + z[a]);
}

}  // namespace ebm

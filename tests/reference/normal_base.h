// A Gaussian base density with independent coordinates, for tests only: b(x) = prod_i N(x_i; mean_i, stddev_i^2).

#ifndef EBM_TESTS_REFERENCE_NORMAL_BASE_H_
#define EBM_TESTS_REFERENCE_NORMAL_BASE_H_

#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/random.h"

namespace ebm::reference {

// Every coordinate keeps its distribution, whatever the others are.
class GivenNormal final : public ConditionalDensity {
 public:
  GivenNormal(std::vector<float> mean, std::vector<float> stddev, std::span<const float> x)
      : mean_(std::move(mean)), stddev_(std::move(stddev)), known_(x.begin(), x.end()) {}

  double log_marginal() const override {
    double sum = 0;
    for (size_t i = 0; i < known_.size(); ++i) {
      if (std::isnan(known_[i])) continue;
      const double z = (double{known_[i]} - mean_[i]) / stddev_[i];
      sum -= z * z / 2 + std::log(stddev_[i] * std::sqrt(2 * std::numbers::pi));
    }
    return sum;
  }

  void Draw(uint64_t seed, uint32_t chain, std::span<float> x) const override {
    std::vector<float> noise(x.size());
    FillNormal({.seed = seed, .stream = RandomStream::kMissingValue, .chain = chain}, noise);
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(known_[i])) x[i] = mean_[i] + stddev_[i] * noise[i];
    }
  }

 private:
  const std::vector<float> mean_;
  const std::vector<float> stddev_;
  const std::vector<float> known_;  // NaN for the others
};

class NormalBase final : public BaseDensity {
 public:
  NormalBase(std::vector<float> mean, std::vector<float> stddev) : mean_(std::move(mean)), stddev_(std::move(stddev)) {}
  // The same mean and spread in every coordinate.
  NormalBase(int64_t dimension, float mean, float stddev)
      : NormalBase(std::vector<float>(dimension, mean), std::vector<float>(dimension, stddev)) {}

  int64_t dimension() const override { return static_cast<int64_t>(mean_.size()); }

  void Evaluate(ConstMatrix x, std::span<const int32_t> /*classes*/, std::span<float> log_density,
                Matrix gradient) const override {
    for (int64_t row = 0; row < x.rows(); ++row) {
      double sum = 0;
      for (size_t i = 0; i < mean_.size(); ++i) {
        const double z = (double{x.row(row)[i]} - mean_[i]) / stddev_[i];
        sum -= z * z / 2 + std::log(stddev_[i] * std::sqrt(2 * std::numbers::pi));
        if (gradient.rows() > 0) gradient.row(row)[i] = static_cast<float>(-z / stddev_[i]);
      }
      log_density[row] = static_cast<float>(sum);
    }
  }

  void Draw(uint64_t seed, uint32_t first_chain, int32_t /*target_class*/, Matrix states) const override {
    for (int64_t row = 0; row < states.rows(); ++row) {
      const uint32_t chain = first_chain + static_cast<uint32_t>(row);
      FillNormal({.seed = seed, .stream = RandomStream::kChainStart, .chain = chain}, states.row(row));
      for (size_t i = 0; i < mean_.size(); ++i) states.row(row)[i] = mean_[i] + stddev_[i] * states.row(row)[i];
    }
  }

  std::unique_ptr<ConditionalDensity> Given(std::span<const float> x, int32_t /*target_class*/) const override {
    return std::make_unique<GivenNormal>(mean_, stddev_, x);
  }

 private:
  std::vector<float> mean_;
  std::vector<float> stddev_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_NORMAL_BASE_H_

// Joint log densities with a Gaussian base by plain loops in double precision, for tests only, with the rounding error
// that a correct float32 computation may have (rounding.h). The formulas are those of model/base/gaussian_base.h.

#ifndef EBM_TESTS_REFERENCE_GAUSSIAN_BASE_ORACLE_H_
#define EBM_TESTS_REFERENCE_GAUSSIAN_BASE_ORACLE_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "tests/reference/mlp_oracle.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/rounding.h"

namespace ebm::reference {

class GaussianBaseOracle {
 public:
  // model: a perceptron's tensors, then the base's three.
  explicit GaussianBaseOracle(const TestModel& model)
      : evidence_(model.spec.base_evidence),
        network_({model.tensors.begin(), model.tensors.end() - 3}),
        log_weights_(model.tensors.end()[-3].values),
        means_(model.tensors.end()[-2].values),
        whitening_(model.tensors.end()[-1].values) {}

  // W_c (x - mu_c): [D].
  std::vector<Rounded> Whitened(const std::vector<double>& x, size_t c) const {
    std::vector<Rounded> whitened;
    for (size_t i = 0; i < x.size(); ++i) {
      RoundedSum sum;
      for (size_t j = 0; j <= i; ++j) {
        const double difference = x[j] - means_[c * x.size() + j];
        sum.Add(Weight(c, i, j, x.size()), {difference, kUnitRoundoff * (std::abs(x[j]) + Reach(j, x.size()))});
      }
      whitened.push_back(sum.Result());
    }
    return whitened;
  }

  // l_c(x): [C].
  std::vector<Rounded> LogComponents(const std::vector<double>& x) const {
    std::vector<Rounded> components;
    for (size_t c = 0; c < log_weights_.size(); ++c) {
      double start = log_weights_[c] - 0.5 * static_cast<double>(x.size()) * std::log(2 * std::numbers::pi);
      for (size_t i = 0; i < x.size(); ++i) start += std::log(Weight(c, i, i, x.size()));
      RoundedSum sum(start);
      for (const Rounded& whitened : Whitened(x, c)) sum.Add(-0.5, Product(whitened, whitened));
      components.push_back(sum.Result());
    }
    return components;
  }

  // ln b_y(x) = l_y(x) - ln w_y for a class if there are several Gaussians, otherwise ln b(x).
  Rounded LogBase(const std::vector<double>& x, int32_t y = kNoClass) const {
    const std::vector<Rounded> components = LogComponents(x);
    if (!HasBase(y)) return LogSumExp(components);
    RoundedSum sum(-log_weights_[y]);
    sum.Add(1, components[y]);
    return sum.Result();
  }

  std::vector<Rounded> BaseGradient(const std::vector<double>& x, int32_t y) const {
    return BaseSlope(x, ClassWeights(LogComponents(x), HasBase(y) ? y : kNoClass));
  }

  // ln p~(x, y): [K].
  std::vector<Rounded> Logits(const std::vector<double>& x) const {
    const std::vector<Rounded> components = LogComponents(x);
    const Rounded base = LogSumExp(components);
    std::vector<Rounded> logits = network_.Logits(x);
    for (size_t y = 0; y < logits.size(); ++y) {
      RoundedSum sum;
      sum.Add(1, logits[y]);
      sum.Add(1 - evidence_, base);
      sum.Add(evidence_, evidence_ > 0 ? components[y] : base);
      logits[y] = sum.Result();
    }
    return logits;
  }

  Rounded LogDensity(const std::vector<double>& x, int32_t y) const { return LogDensityOf(Logits(x), y); }

  std::vector<Rounded> Gradient(const std::vector<double>& x, int32_t y) const {
    const std::vector<Rounded> v = ClassWeights(Logits(x), y);
    std::vector<Rounded> weights = Softmax(LogComponents(x));
    for (size_t c = 0; c < weights.size() && evidence_ > 0; ++c) {
      RoundedSum sum;
      sum.Add(1 - evidence_, weights[c]);
      sum.Add(evidence_, v[c]);
      weights[c] = sum.Result();
    }
    return Sum(network_.PullBack(x, v), BaseSlope(x, weights));
  }

  // sum_c a_c grad l_c(x): [D].
  std::vector<Rounded> BaseSlope(const std::vector<double>& x, const std::vector<Rounded>& a) const {
    std::vector<RoundedSum> sums(x.size());
    for (size_t c = 0; c < a.size(); ++c) {
      const std::vector<Rounded> whitened = Whitened(x, c);
      for (size_t i = 0; i < x.size(); ++i) {
        for (size_t j = 0; j <= i; ++j) sums[j].Add(-Weight(c, i, j, x.size()), Product(a[c], whitened[i]));
      }
    }
    std::vector<Rounded> slope;
    slope.reserve(sums.size());
    for (const RoundedSum& sum : sums) slope.push_back(sum.Result());
    return slope;
  }

 private:
  bool HasBase(int32_t y) const { return y != kNoClass && log_weights_.size() > 1; }

  double Weight(size_t c, size_t i, size_t j, size_t dimension) const {
    return whitening_[(c * dimension + i) * dimension + j];
  }

  // An upper bound, along coordinate j, on the distance between the mixture's mean and a component's mean.
  double Reach(size_t j, size_t dimension) const {
    double reach = 0;
    for (size_t i = j; i < means_.size(); i += dimension) reach = std::max(reach, std::abs(double{means_[i]}));
    return 2 * reach;
  }

  double evidence_;
  MlpOracle network_;
  std::vector<float> log_weights_;
  std::vector<float> means_;
  std::vector<float> whitening_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_GAUSSIAN_BASE_ORACLE_H_

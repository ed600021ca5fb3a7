// A small restricted Boltzmann machine on real coordinates, with parameters given by the formula of small_rbm.h, and
// what follows from it by enumeration of its hidden units and classes, in double precision:
//   W[i][j] = g(1 + H i + j), b[i] = g(100 + i), c[j] = g(200 + j), s_i = 1 + i / 4, and the U and d of small_rbm.h

#ifndef EBM_TESTS_REFERENCE_SMALL_GAUSSIAN_RBM_H_
#define EBM_TESTS_REFERENCE_SMALL_GAUSSIAN_RBM_H_

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "model/spec/gaussian_rbm_spec.h"
#include "model/spec/rbm_spec.h"
#include "tests/reference/small_rbm.h"

namespace ebm::reference {

class SmallGaussianRbm {
 public:
  static constexpr double kFree = std::numeric_limits<double>::quiet_NaN();  // a coordinate that is not held

  // About the free coordinates given the others, at temperature T.
  struct Question {
    std::vector<double> held = {};  // [D]; empty: all are free
    int target_class = -1;          // y, or all classes
    double temperature = 1;
  };
  // A component of the mixture, one for each class and state of the hidden units.
  struct Component {
    double log_weight = 0;           // not normalised
    std::vector<double> means = {};  // b + W h, [D]
    int hidden = 0;                  // bit j is h_j
  };

  SmallGaussianRbm(int dimension, int hidden, int classes)
      : dimension_(dimension), hidden_(hidden), classes_(classes) {}

  int dimension() const { return dimension_; }
  double w(int i, int j) const { return Formula(1 + hidden_ * i + j); }
  double b(int i) const { return Formula(100 + i); }
  double c(int j) const { return Formula(200 + j); }
  double s(int i) const { return 1 + i / 4.0; }
  double u(int y, int j) const { return classes_ == 1 ? 0 : Formula(400 + classes_ * j + y); }
  double d(int y) const { return classes_ == 1 ? 0 : Formula(500 + y); }

  // A checkpoint's spec and tensors, without a base density.
  TestModel Model() const {
    TestModel model;
    model.spec = {.input_shape = {dimension_}, .network = GaussianRbmSpec{.hidden_units = hidden_}};
    for (int y = 0; y < classes_; ++y) model.spec.class_labels.push_back(std::to_string(y));
    const auto add = [&model](const char* name, std::vector<int64_t> shape, const std::function<double(int)>& value) {
      const int64_t count = shape.size() == 1 ? shape[0] : shape[0] * shape[1];
      model.tensors.push_back({.name = name, .shape = std::move(shape), .values = {}});
      for (int i = 0; i < count; ++i) model.tensors.back().values.push_back(static_cast<float>(value(i)));
    };
    add(kRbmWeight, {dimension_, hidden_}, [this](int i) { return w(i / hidden_, i % hidden_); });
    add(kRbmVisibleBias, {dimension_}, [this](int i) { return b(i); });
    add(kRbmLogVariance, {dimension_}, [this](int i) { return 2 * std::log(s(i)); });
    add(kRbmHiddenBias, {hidden_}, [this](int j) { return c(j); });
    if (classes_ == 1) return model;
    add(kRbmClassWeight, {classes_, hidden_}, [this](int i) { return u(i / hidden_, i % hidden_); });
    add(kRbmClassBias, {classes_}, [this](int y) { return d(y); });
    return model;
  }

  // ln of the integral of exp(-E / T) over the free coordinates and of its sum over the others.
  double LogIntegral(const Question& question) const {
    std::vector<double> terms;
    for (const Component& component : Components(question)) terms.push_back(component.log_weight);
    return LogSumExpOf(terms);
  }
  double LogZ() const { return LogIntegral({}); }
  double LogDensity(const std::vector<double>& x, int y = -1) const {
    return LogIntegral({.held = x, .target_class = y});
  }

  // E[function of the component].
  double Expect(const Question& question, const std::function<double(const Component&)>& function) const {
    const double log_sum = LogIntegral(question);
    double sum = 0;
    for (const Component& component : Components(question)) {
      sum += std::exp(component.log_weight - log_sum) * function(component);
    }
    return sum;
  }
  // The mean and the variance of a free coordinate.
  double MeanOf(int i, const Question& question) const {
    return Expect(question, [i](const Component& c) { return c.means[i]; });
  }
  double VarianceOf(int i, const Question& question) const {
    const double squares = Expect(question, [i](const Component& c) { return c.means[i] * c.means[i]; });
    return question.temperature * s(i) * s(i) + squares - std::pow(MeanOf(i, question), 2);
  }
  // E[(x_i - E[x_i])^4].
  double FourthMomentOf(int i, const Question& question) const {
    const double mean = MeanOf(i, question);
    const double variance = question.temperature * s(i) * s(i);
    return Expect(question, [&](const Component& component) {
      const double square = std::pow(component.means[i] - mean, 2);
      return square * square + 6 * square * variance + 3 * variance * variance;
    });
  }
  double HiddenMean(const std::vector<double>& x, int j) const {
    return Expect({.held = x}, [j](const Component& c) { return c.hidden >> j & 1; });
  }

 private:
  std::vector<Component> Components(const Question& question) const {
    std::vector<Component> all;
    for (int y = 0; y < classes_; ++y) {
      if (question.target_class >= 0 && question.target_class != y) continue;
      for (int h = 0; h < 1 << hidden_; ++h) all.push_back(ComponentOf(y, h, question));
    }
    return all;
  }

  Component ComponentOf(int y, int h, const Question& question) const {
    Component component = {.hidden = h};
    double energy = d(y);
    for (int j = 0; j < hidden_; ++j) energy += (h >> j & 1) * (c(j) + u(y, j));
    for (int i = 0; i < dimension_; ++i) {
      const double variance = s(i) * s(i);
      double mean = b(i);
      for (int j = 0; j < hidden_; ++j) mean += (h >> j & 1) * w(i, j);
      const double x = question.held.empty() ? kFree : question.held[i];
      if (std::isnan(x)) {
        energy += (mean * mean - b(i) * b(i)) / (2 * variance);
        component.log_weight += std::log(2 * std::numbers::pi * question.temperature * variance) / 2;
      } else {
        energy += -(x - b(i)) * (x - b(i)) / (2 * variance) + x * (mean - b(i)) / variance;
      }
      component.means.push_back(mean);
    }
    component.log_weight += energy / question.temperature;
    return component;
  }

  int dimension_;
  int hidden_;
  int classes_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_SMALL_GAUSSIAN_RBM_H_

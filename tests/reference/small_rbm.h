// Restricted Boltzmann machines whose parameters are given by a formula, in double precision and with the hidden units
// summed out one by one: the oracle of model/energy/rbm.h. rbm_enumeration.h sums over all x, too.
//
//   g(k) = floor(64 sin(k) + 1/2) / 64    a multiple of 1/64, exact in float32
//   W[s][j] = g(1 + H s + j), b[s] = g(100 + s), c[j] = g(200 + j), U[y][j] = g(400 + K j + y), d[y] = g(500 + y)
//
// s counts indicators (model/spec/indicators.h).

#ifndef EBM_TESTS_REFERENCE_SMALL_RBM_H_
#define EBM_TESTS_REFERENCE_SMALL_RBM_H_

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "model/spec/model_spec.h"
#include "model/spec/parameter_layout.h"
#include "tests/reference/random_mlp.h"

namespace ebm::reference {

inline double Formula(int k) { return std::floor(64 * std::sin(k) + 0.5) / 64; }

inline double LogSumExpOf(const std::vector<double>& values) {
  double largest = values.front();
  for (const double value : values) largest = std::max(largest, value);
  double sum = 0;
  for (const double value : values) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

class SmallRbm {
 public:
  SmallRbm(std::vector<int> levels, int hidden, int classes)
      : levels_(std::move(levels)), hidden_(hidden), classes_(classes) {
    for (const int count : levels_) {
      first_.push_back(indicators_);
      indicators_ += count == 2 ? 1 : count;
    }
  }

  const std::vector<int>& levels() const { return levels_; }
  int dimension() const { return static_cast<int>(levels_.size()); }
  int indicators() const { return indicators_; }
  int hidden() const { return hidden_; }
  int classes() const { return classes_; }

  double w(int s, int j) const { return Formula(1 + hidden_ * s + j); }
  double b(int s) const { return Formula(100 + s); }
  double c(int j) const { return Formula(200 + j); }
  double u(int y, int j) const { return classes_ == 1 ? 0 : Formula(400 + classes_ * j + y); }
  double d(int y) const { return classes_ == 1 ? 0 : Formula(500 + y); }

  // A checkpoint's spec and tensors; with a base whose site logits are g(300 + s).
  TestModel Model() const {
    TestModel model;
    model.spec = {.input_shape = {dimension()}, .network = RbmSpec{.hidden_units = hidden_}, .base = kIndependentBase};
    model.spec.columns.clear();
    for (int i = 0; i < dimension(); ++i) model.spec.columns.push_back(Column(i));
    for (int y = 0; y < classes_; ++y) model.spec.class_labels.push_back(std::to_string(y));
    model.spec.UseDomainOfFamily();
    Add(
        kRbmWeight, {indicators_, hidden_}, [this](int i) { return w(i / hidden_, i % hidden_); }, model);
    Add(
        kRbmVisibleBias, {indicators_}, [this](int s) { return b(s); }, model);
    Add(
        kRbmHiddenBias, {hidden_}, [this](int j) { return c(j); }, model);
    if (classes_ > 1) {
      Add(
          kRbmClassWeight, {classes_, hidden_}, [this](int i) { return u(i / hidden_, i % hidden_); }, model);
      Add(
          kRbmClassBias, {classes_}, [this](int y) { return d(y); }, model);
    }
    Add(
        kBaseSiteLogits, {indicators_}, [](int s) { return Formula(300 + s); }, model);
    return model;
  }

  // -E(x, y, h) at temperature 1, with bit j of h the hidden unit j.
  double NegativeEnergy(const std::vector<int>& x, int y, int h) const {
    double sum = d(y);
    for (const int s : Active(x)) sum += b(s);
    for (int j = 0; j < hidden_; ++j) sum += (h >> j & 1) * Field(x, y, j);
    return sum;
  }

  // ln of the sum over h of exp(-E(x, y, h) / T).
  double LogJoint(const std::vector<int>& x, int y, double temperature = 1) const {
    std::vector<double> terms;
    terms.reserve(size_t{1} << hidden_);
    for (int h = 0; h < 1 << hidden_; ++h) terms.push_back(NegativeEnergy(x, y, h) / temperature);
    return LogSumExpOf(terms);
  }

  // The same summed over y; or of one class, if it is not negative.
  double LogDensity(const std::vector<int>& x, int y = -1, double temperature = 1) const {
    if (y >= 0) return LogJoint(x, y, temperature);
    std::vector<double> terms;
    terms.reserve(static_cast<size_t>(classes_));
    for (int k = 0; k < classes_; ++k) terms.push_back(LogJoint(x, k, temperature));
    return LogSumExpOf(terms);
  }

 private:
  DataColumn Column(int i) const {
    const auto last = static_cast<float>(levels_[i] - 1);
    return {.name = absl::StrCat("x", i), .kind = ColumnKind::kWholeNumber, .range = {0, last}, .step = 1};
  }

  void Add(const char* name, std::vector<int64_t> shape, const std::function<double(int)>& value,
           TestModel& model) const {
    NamedTensor tensor = {.name = name, .shape = std::move(shape), .values = {}};
    int64_t count = 1;
    for (const int64_t size : tensor.shape) count *= size;
    for (int i = 0; i < count; ++i) tensor.values.push_back(static_cast<float>(value(i)));
    model.tensors.push_back(std::move(tensor));
  }

  std::vector<int> Active(const std::vector<int>& x) const {
    std::vector<int> active;
    for (int i = 0; i < dimension(); ++i) {
      if (levels_[i] > 2) active.push_back(first_[i] + x[i]);
      if (levels_[i] == 2 && x[i] == 1) active.push_back(first_[i]);
    }
    return active;
  }

  double Field(const std::vector<int>& x, int y, int j) const {
    double field = c(j) + u(y, j);
    for (const int s : Active(x)) field += w(s, j);
    return field;
  }

  std::vector<int> levels_;
  int hidden_;
  int classes_;
  std::vector<int> first_;
  int indicators_ = 0;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_SMALL_RBM_H_

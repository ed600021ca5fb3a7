// Boltzmann machines whose parameters are given by a formula, in double precision and by enumeration of all x: the
// oracle of model/energy/boltzmann_machine.h.
//
//   w_e = g(1 + e), b_i = g(100 + i)                      g as in small_rbm.h
//
// or those of a model of spins with couplings J_e and fields h_i.

#ifndef EBM_TESTS_REFERENCE_SMALL_BOLTZMANN_H_
#define EBM_TESTS_REFERENCE_SMALL_BOLTZMANN_H_

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "model/spec/boltzmann_spec.h"
#include "model/spec/model_spec.h"
#include "model/spec/parameter_layout.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/small_rbm.h"

namespace ebm::reference {

// All pairs i < j, row by row.
inline std::vector<Edge> CompleteGraph(int sites) { return EdgesOf(BoltzmannSpec(), sites); }

// Site r C + c; the edges of a site to its right and then down.
inline std::vector<Edge> Grid(int rows, int columns) {
  std::vector<Edge> edges;
  for (int64_t site = 0; site < rows * columns; ++site) {
    if (site % columns + 1 < columns) edges.push_back({site, site + 1});
    if (site + columns < rows * columns) edges.push_back({site, site + columns});
  }
  return edges;
}

class SmallBoltzmann {
 public:
  SmallBoltzmann(int sites, std::vector<Edge> edges) : edges_(std::move(edges)) {
    for (int i = 0; i < sites; ++i) bias_.push_back(Formula(100 + i));
    for (int e = 0; e < std::ssize(edges_); ++e) weights_.push_back(Formula(1 + e));
  }

  // The machine of bits x whose spins s = 2 x - 1 have these couplings and fields:
  // ln p~(x) = spin_constant() + sum_e J_e s_i s_j + sum_i h_i s_i.
  static SmallBoltzmann OfSpins(std::vector<Edge> edges, const std::vector<double>& couplings,
                                const std::vector<double>& fields) {
    SmallBoltzmann model(static_cast<int>(fields.size()), std::move(edges));
    for (size_t i = 0; i < fields.size(); ++i) model.bias_[i] = 2 * fields[i];
    for (size_t e = 0; e < couplings.size(); ++e) {
      model.weights_[e] = 4 * couplings[e];
      for (const int64_t end : model.edges_[e]) model.bias_[end] -= 2 * couplings[e];
    }
    return model;
  }

  int sites() const { return static_cast<int>(bias_.size()); }
  const std::vector<Edge>& edges() const { return edges_; }
  const std::vector<double>& weights() const { return weights_; }
  const std::vector<double>& bias() const { return bias_; }

  double spin_constant() const {
    double constant = 0;
    for (const double b : bias_) constant += b / 2;
    for (const double w : weights_) constant += w / 4;
    return constant;
  }

  double LogDensity(const std::vector<int>& x) const {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += bias_[i] * x[i];
    for (size_t e = 0; e < edges_.size(); ++e) sum += weights_[e] * x[edges_[e][0]] * x[edges_[e][1]];
    return sum;
  }

  void ForEachState(const std::function<void(const std::vector<int>&)>& visit) const {
    std::vector<int> x(bias_.size());
    for (int64_t state = 0; state < int64_t{1} << sites(); ++state) {
      for (int i = 0; i < sites(); ++i) x[i] = static_cast<int>(state >> i & 1);
      visit(x);
    }
  }

  double LogZ(double temperature = 1) const {
    std::vector<double> terms;
    ForEachState([&](const std::vector<int>& x) { terms.push_back(LogDensity(x) / temperature); });
    return LogSumExpOf(terms);
  }

  // The probability of an event under the density at this temperature.
  double Probability(const std::function<bool(const std::vector<int>&)>& event, double temperature = 1) const {
    const double log_z = LogZ(temperature);
    double sum = 0;
    ForEachState([&](const std::vector<int>& x) {
      if (event(x)) sum += std::exp(LogDensity(x) / temperature - log_z);
    });
    return sum;
  }

  // A checkpoint's spec and tensors; with a base whose site logits are g(300 + i).
  TestModel Model() const {
    TestModel model;
    const bool is_complete = edges_ == CompleteGraph(sites());
    model.spec = {.input_shape = {sites()},
                  .network = BoltzmannSpec{.edges = is_complete ? std::vector<Edge>() : edges_},
                  .class_labels = {"all"},
                  .columns = {{.range = {0, 1}, .step = 1}},
                  .base = kIndependentBase};
    model.spec.UseDomainOfFamily();
    model.tensors = {Tensor(kBoltzmannWeight, weights_), Tensor(kBoltzmannBias, bias_), Tensor(kBaseSiteLogits, bias_)};
    for (int i = 0; i < sites(); ++i) model.tensors.back().values[i] = static_cast<float>(Formula(300 + i));
    return model;
  }

 private:
  static NamedTensor Tensor(const char* name, const std::vector<double>& values) {
    return {.name = name, .shape = {std::ssize(values)}, .values = {values.begin(), values.end()}};
  }

  std::vector<Edge> edges_;
  std::vector<double> weights_;
  std::vector<double> bias_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_SMALL_BOLTZMANN_H_

// What follows from a small restricted Boltzmann machine by enumeration of its states, in double precision.

#ifndef EBM_TESTS_REFERENCE_RBM_ENUMERATION_H_
#define EBM_TESTS_REFERENCE_RBM_ENUMERATION_H_

#include <cmath>
#include <functional>
#include <vector>

#include "tests/reference/small_rbm.h"

namespace ebm::reference {

using Event = std::function<bool(const std::vector<int>&)>;

// Calls visit(x) for every x, the first coordinate changing fastest.
inline void ForEachState(const SmallRbm& rbm, const std::function<void(const std::vector<int>&)>& visit) {
  const std::vector<int>& levels = rbm.levels();
  std::vector<int> x(levels.size(), 0);
  for (;;) {
    visit(x);
    size_t i = 0;
    while (i < x.size() && x[i] == levels[i] - 1) x[i++] = 0;
    if (i == x.size()) return;
    ++x[i];
  }
}

// ln of the sum over x of exp(ln p~(x)), or of exp(ln p~(x, y)) for a class y that is not negative.
inline double LogZ(const SmallRbm& rbm, int y = -1, double temperature = 1) {
  std::vector<double> terms;
  ForEachState(rbm, [&](const std::vector<int>& x) { terms.push_back(rbm.LogDensity(x, y, temperature)); });
  return LogSumExpOf(terms);
}

// The probability of an event under the density at this temperature.
inline double Probability(const SmallRbm& rbm, const Event& event, double temperature = 1) {
  const double log_z = LogZ(rbm, -1, temperature);
  double sum = 0;
  ForEachState(rbm, [&](const std::vector<int>& x) {
    if (event(x)) sum += std::exp(rbm.LogDensity(x, -1, temperature) - log_z);
  });
  return sum;
}

// E[h_j given x], by enumeration of the classes and of all hidden units.
inline double HiddenMean(const SmallRbm& rbm, const std::vector<int>& x, int j) {
  const double log_density = rbm.LogDensity(x);
  double sum = 0;
  for (int y = 0; y < rbm.classes(); ++y) {
    for (int h = 0; h < 1 << rbm.hidden(); ++h) {
      if ((h >> j & 1) == 1) sum += std::exp(rbm.NegativeEnergy(x, y, h) - log_density);
    }
  }
  return sum;
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_RBM_ENUMERATION_H_

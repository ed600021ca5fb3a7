// Activation functions and their slopes in double precision, with the scale of a float32 computation's rounding
// (rounding.h), for tests only. Formulas: model/kernels/activation.h.

#ifndef EBM_TESTS_REFERENCE_ROUNDED_ACTIVATION_H_
#define EBM_TESTS_REFERENCE_ROUNDED_ACTIVATION_H_

#include <algorithm>
#include <cmath>

#include "model/spec/activation.h"
#include "tests/reference/rounding.h"

namespace ebm::reference {

inline double Sigmoid(double a) { return 1 / (1 + std::exp(-a)); }

inline double ActivationValue(Activation activation, double a) {
  switch (activation) {
    case Activation::kElu:
      return a > 0 ? a : std::expm1(a);
    case Activation::kSilu:
      return a * Sigmoid(a);
    case Activation::kRelu:
      return std::max(a, 0.0);
    case Activation::kSoftplus:
      return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
    case Activation::kLeakyRelu:
      return a > 0 ? a : double{kLeakyReluSlope} * a;
  }
  return a;
}

inline double ActivationSlope(Activation activation, double a) {
  const double s = Sigmoid(a);
  switch (activation) {
    case Activation::kElu:
      return a > 0 ? 1 : std::exp(a);
    case Activation::kSilu:
      return s * (1 + a * (1 - s));
    case Activation::kRelu:
      return a > 0 ? 1 : 0;
    case Activation::kSoftplus:
      return s;
    case Activation::kLeakyRelu:
      return a > 0 ? 1 : kLeakyReluSlope;
  }
  return 1;
}

// The most that a slope changes per change of a: the largest |h''| (silu: 1/2), 0 away from a kink.
inline double LargestBend(Activation activation) {
  switch (activation) {
    case Activation::kElu:
      return 1;
    case Activation::kSilu:
      return 0.5;
    case Activation::kSoftplus:
      return 0.25;
    case Activation::kRelu:
    case Activation::kLeakyRelu:
      return 0;
  }
  return 1;
}

// Accounts for a few roundings of 1 in the exponentials and one of the result; slopes are at most 1.1 (silu).
inline Rounded Activated(Activation activation, const Rounded& a) {
  const double value = ActivationValue(activation, a.value);
  return {.value = value, .spread = 1.1 * a.spread + kUnitRoundoff * (2 + std::abs(value))};
}

inline Rounded SlopeOf(Activation activation, const Rounded& a) {
  return {.value = ActivationSlope(activation, a.value),
          .spread = LargestBend(activation) * a.spread + 2 * kUnitRoundoff};
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_ROUNDED_ACTIVATION_H_

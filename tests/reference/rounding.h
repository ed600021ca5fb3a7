// Numbers in double precision, each with the scale of the rounding that a float32 computation of it makes: the
// arithmetic of the network oracle (mlp_oracle.h), for tests only.
//
// Probabilistic error analysis (Higham & Mary 2019, "A new approach to probabilistic rounding error analysis"):
// rounding errors behave as independent numbers of mean 0, each at most u = 2^-24 of its result. Then a sum of k
// products t_j, added in any order, errs by more than RoundingReach(p) sqrt(k) u sum |t_j| with probability p at most
// (Hoeffding's inequality); the errors that the terms already have add up in quadrature.

#ifndef EBM_TESTS_REFERENCE_ROUNDING_H_
#define EBM_TESTS_REFERENCE_ROUNDING_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "model/core/energy_model.h"

namespace ebm::reference {

inline constexpr double kUnitRoundoff = 0x1p-24;

// |float32 result - value| <= RoundingReach(p) * spread except with probability p.
struct Rounded {
  double value = 0;
  double spread = 0;
};

inline double RoundingReach(double failure) { return std::sqrt(2 * std::log(2 / failure)); }

// start + the sum of weight * term.
class RoundedSum {
 public:
  explicit RoundedSum(double start = 0) : value_(start), magnitude_(std::abs(start)) {}

  void Add(double weight, const Rounded& term) {
    value_ += weight * term.value;
    magnitude_ += std::abs(weight * term.value);
    inherited_ = std::hypot(inherited_, weight * term.spread);
    ++terms_;
  }

  Rounded Result() const {
    const double own = std::sqrt(static_cast<double>(terms_) + 2) * kUnitRoundoff * magnitude_;
    return {.value = value_, .spread = std::hypot(inherited_, own)};
  }

 private:
  double value_;
  double magnitude_;
  double inherited_ = 0;
  int64_t terms_ = 0;
};

// The errors of the factors may have the same origin, so their magnitudes are added.
inline Rounded Product(const Rounded& a, const Rounded& b) {
  const double value = a.value * b.value;
  return {.value = value,
          .spread = std::abs(a.value) * b.spread + a.spread * std::abs(b.value) + kUnitRoundoff * std::abs(value)};
}

// The largest value, with the largest spread of all.
inline Rounded Largest(const std::vector<Rounded>& f) {
  Rounded largest = f.front();
  for (const Rounded& logit : f) {
    largest.value = std::max(largest.value, logit.value);
    largest.spread = std::max(largest.spread, logit.spread);
  }
  return largest;
}

// LSE changes by no more than the logit that changes most. Its own roundings: f - max, exp, the sum, log, the last sum.
inline Rounded LogSumExp(const std::vector<Rounded>& f) {
  const Rounded largest = Largest(f);
  double sum = 0;
  for (const Rounded& logit : f) sum += std::exp(logit.value - largest.value);
  const double roundings = std::sqrt(static_cast<double>(f.size())) + 4 + std::abs(largest.value);
  return {.value = largest.value + std::log(sum), .spread = largest.spread + roundings * kUnitRoundoff};
}

// ln p_k = f_k - LSE f changes by at most twice the largest change of a logit.
inline std::vector<Rounded> Softmax(const std::vector<Rounded>& f) {
  const double log_sum = LogSumExp(f).value;
  const double logit_spread = Largest(f).spread;
  std::vector<Rounded> p;
  for (const Rounded& logit : f) {
    const double value = std::exp(logit.value - log_sum);
    const double roundings = std::sqrt(static_cast<double>(f.size())) + 4 + std::abs(logit.value - log_sum);
    p.push_back({.value = value, .spread = value * (2 * logit_spread + roundings * kUnitRoundoff)});
  }
  return p;
}

// ln p~(x, y) of logits f, or ln p~(x) if y is kNoClass.
inline Rounded LogDensityOf(const std::vector<Rounded>& f, int32_t y) { return y == kNoClass ? LogSumExp(f) : f[y]; }

// Its gradient in f.
inline std::vector<Rounded> ClassWeights(const std::vector<Rounded>& f, int32_t y) {
  if (y == kNoClass) return Softmax(f);
  std::vector<Rounded> v(f.size());
  v[y].value = 1;
  return v;
}

inline std::vector<Rounded> Sum(std::vector<Rounded> a, const std::vector<Rounded>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    RoundedSum sum;
    sum.Add(1, a[i]);
    sum.Add(1, b[i]);
    a[i] = sum.Result();
  }
  return a;
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_ROUNDING_H_

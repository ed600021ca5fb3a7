// Tail probabilities and quantiles for statistical tests: how far a statistic may deviate before a test fails.
//
// A test states the probability with which a correct program would fail it on a fresh seed (kAllowedFailure unless it
// says otherwise), and divides it evenly among its checks (Bonferroni). Seeds are fixed, so a test that passed once
// passes again on the same kind of processor. Another kind may round differently, and a chain that rejects one proposal
// more is another draw; so the probability counts once per kind of processor.
//
// The implementation is simple and slow: tails by series and continued fraction (Numerical Recipes, section 6.2),
// quantiles by bisection.

#ifndef EBM_TESTS_REFERENCE_QUANTILES_H_
#define EBM_TESTS_REFERENCE_QUANTILES_H_

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace ebm::reference {

inline constexpr double kAllowedFailure = 1e-9;

struct Interval {
  double lower = 0;
  double upper = 0;

  bool contains(double value) const { return lower <= value && value <= upper; }
};

// P(Z <= z), Z standard normal.
inline double NormalCdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

// The x in [lower, upper] at which the decreasing function `tail` equals `target`.
template <typename Tail>
double BisectFallingTail(Tail tail, double target, double lower, double upper) {
  for (int halving = 0; halving < 200; ++halving) {
    const double middle = 0.5 * (lower + upper);
    (tail(middle) > target ? lower : upper) = middle;
  }
  return 0.5 * (lower + upper);
}

// z with P(|Z| > z) = failure.
inline double NormalBound(double failure) {
  return BisectFallingTail([](double z) { return std::erfc(z / std::numbers::sqrt2); }, failure, 0, 40);
}

// x^a e^-x / Gamma(a), the factor that both expansions of the incomplete gamma function share.
inline double GammaFactor(double a, double x) { return std::exp(a * std::log(x) - x - std::lgamma(a)); }

// P(a, x) for x < a + 1.
inline double GammaSeries(double a, double x) {
  if (x <= 0) return 0;
  double term = 1 / a;
  double sum = term;
  for (double n = a + 1; term > sum * 1e-17; ++n) {
    term *= x / n;
    sum += term;
  }
  return sum * GammaFactor(a, x);
}

// Q(a, x) for x >= a + 1, by Lentz's method.
inline double GammaContinuedFraction(double a, double x) {
  double b = x + 1 - a;
  double c = std::numeric_limits<double>::max();
  double d = 1 / b;
  double h = d;
  double change = 0;
  for (int i = 1; std::abs(change - 1) > 1e-15; ++i) {
    const double numerator = -i * (i - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    change = c * d;
    h *= change;
  }
  return h * GammaFactor(a, x);
}

// P(a, x) and Q(a, x) = 1 - P(a, x), the regularised incomplete gamma functions, each accurate where it is small.
inline double GammaLower(double a, double x) {
  return x < a + 1 ? GammaSeries(a, x) : 1 - GammaContinuedFraction(a, x);
}
inline double GammaUpper(double a, double x) {
  return x < a + 1 ? 1 - GammaSeries(a, x) : GammaContinuedFraction(a, x);
}

// x with P(X > x) = failure, X chi-square with that many degrees of freedom.
inline double ChiSquareUpper(double degrees, double failure) {
  const auto tail = [degrees](double x) { return GammaUpper(0.5 * degrees, 0.5 * x); };
  return BisectFallingTail(tail, failure, 0, 100 * degrees + 1000);
}

// The interval that a chi-square variable leaves with probability `failure`, half of it on each side.
inline Interval ChiSquareInterval(double degrees, double failure) {
  const auto not_below = [degrees](double x) { return -GammaLower(0.5 * degrees, 0.5 * x); };
  return {.lower = BisectFallingTail(not_below, -0.5 * failure, 0, degrees),
          .upper = ChiSquareUpper(degrees, 0.5 * failure)};
}

// The counts that a Poisson variable leaves with probability `failure`, at most half of it on each side.
// P(X >= k) = P(k, mean) and P(X <= k) = Q(k + 1, mean).
inline Interval PoissonInterval(double mean, double failure) {
  double lower = 0;
  while (GammaUpper(lower + 1, mean) <= 0.5 * failure) ++lower;
  double upper = std::ceil(mean);
  while (GammaLower(upper + 1, mean) > 0.5 * failure) ++upper;
  return {.lower = lower, .upper = upper};
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_QUANTILES_H_

// Statistical checks of a sample against a distribution that is known in closed form, as GoogleTest assertions:
//
//   EXPECT_TRUE(HasNormalMean(sample, mean, stddev, kAllowedFailure / checks));
//
// `failure` is the probability that a sample of the claimed distribution fails the check (quantiles.h). The members of
// a sample are independent unless a check says otherwise.

#ifndef EBM_TESTS_REFERENCE_SAMPLE_CHECKS_H_
#define EBM_TESTS_REFERENCE_SAMPLE_CHECKS_H_

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "tests/reference/quantiles.h"

namespace ebm::reference {

inline double Mean(std::span<const double> sample) {
  return std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

// The mean of function(x) over the sample.
template <typename T, typename Function>
double MeanOf(const std::vector<T>& sample, Function function) {
  double sum = 0;
  for (const T value : sample) sum += function(static_cast<double>(value));
  return sum / static_cast<double>(sample.size());
}

inline ::testing::AssertionResult IsWithin(double statistic, const Interval& interval) {
  if (interval.contains(statistic)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << statistic << " is outside [" << interval.lower << ", " << interval.upper
                                       << "]";
}

// Whether a statistic with distribution N(mean, stddev^2) may have this value.
inline ::testing::AssertionResult IsNormalDraw(double statistic, double mean, double stddev, double failure) {
  const double reach = NormalBound(failure) * stddev;
  return IsWithin(statistic, {.lower = mean - reach, .upper = mean + reach});
}

// Checks the sample's mean if every member is N(mean, variance); exact.
inline ::testing::AssertionResult HasNormalMean(std::span<const double> sample, double mean, double variance,
                                                double failure) {
  return IsNormalDraw(Mean(sample), mean, std::sqrt(variance / static_cast<double>(sample.size())), failure);
}

// Checks the sample's spread around `mean` if every member is N(mean, variance): the sum of squares over the variance
// is exactly chi-square with one degree of freedom per member.
inline ::testing::AssertionResult HasNormalVariance(std::span<const double> sample, double mean, double variance,
                                                    double failure) {
  double sum = 0;
  for (const double value : sample) sum += (value - mean) * (value - mean);
  return IsWithin(sum / variance, ChiSquareInterval(static_cast<double>(sample.size()), failure));
}

// Pearson's chi-square test of whether the cells are equally likely. The expected count of a cell should be some tens.
inline ::testing::AssertionResult AreEquallyLikely(std::span<const int64_t> counts, double failure) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  const double expected = total / static_cast<double>(counts.size());
  double statistic = 0;
  for (const int64_t count : counts) {
    statistic += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected) / expected;
  }
  const double limit = ChiSquareUpper(static_cast<double>(counts.size()) - 1, failure);
  return IsWithin(statistic, {.lower = 0, .upper = limit}) << " (chi-square of " << counts.size() << " cells)";
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_SAMPLE_CHECKS_H_

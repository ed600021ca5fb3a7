// What n importance weights say of their mean, from their logarithms:
//
//   ln mean w = ln(1/n sum_i w_i)
//   effective sample size = (sum w)^2 / sum w^2, from 1 to n (Kong 1992)
//   standard error of ln mean w, by the jackknife: theta_i = ln of the mean without w_i,
//     se^2 = (n - 1)/n sum_i (theta_i - mean theta)^2
//
// Why the jackknife: weights of annealed chains are skewed to the right, about log-normal. The delta method,
// se = sd(w) / (mean w sqrt n), takes ln to be straight about the mean; the jackknife follows its bend, is wider where
// few weights carry the sum, and so covers more often (measured in the tests).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_PARTITION_IMPORTANCE_WEIGHTS_H_
#define EBM_MODEL_PARTITION_IMPORTANCE_WEIGHTS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace ebm {

struct WeightSummary {
  double log_mean = 0;
  double standard_error = 0;  // of log_mean, nats; infinite where one weight is all there is
  double effective_sample_size = 0;
};

// log_weights: [n], finite, n >= 2.
WeightSummary Summarise(std::span<const double> log_weights);

// Systematic resampling (Kitagawa 1996): n indices in rising order, i standing in it n w_i / sum w times, rounded up or
// down. u: a uniform draw from [0, 1).
std::vector<int64_t> ResampleSystematically(std::span<const double> log_weights, double u);

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_IMPORTANCE_WEIGHTS_H_

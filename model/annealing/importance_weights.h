// The mean of n importance weights and its accuracy, from their logarithms:
//
//   ln mean w = ln(1/n sum_i w_i)
//   effective sample size = (sum w)^2 / sum w^2, from 1 to n (Kong 1992)
//   standard error of ln mean w, by the jackknife: theta_i = ln of the mean without w_i,
//     se^2 = (n - 1)/n sum_i (theta_i - mean theta)^2
//
// Why the jackknife: weights of annealed chains are skewed to the right, about log-normal. The delta method,
// se = sd(w) / (mean w sqrt n), treats ln as linear around the mean; the jackknife accounts for its curvature, gives
// wider intervals where few weights dominate the sum, and so has better coverage (measured in the tests).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_ANNEALING_IMPORTANCE_WEIGHTS_H_
#define EBM_MODEL_ANNEALING_IMPORTANCE_WEIGHTS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace ebm {

struct WeightSummary {
  double log_mean = 0;
  double standard_error = 0;  // of log_mean, nats; infinite if one weight is the whole sum
  double effective_sample_size = 0;
};

// log_weights: [n], finite, n >= 2.
WeightSummary Summarise(std::span<const double> log_weights);

// Systematic resampling (Kitagawa 1996): n indices in rising order, index i occurring n w_i / sum w times, rounded up
// or down. u: a uniform draw from [0, 1).
std::vector<int64_t> ResampleSystematically(std::span<const double> log_weights, double u);

}  // namespace ebm

#endif  // EBM_MODEL_ANNEALING_IMPORTANCE_WEIGHTS_H_

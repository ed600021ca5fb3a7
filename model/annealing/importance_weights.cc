#include "model/annealing/importance_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ebm {
namespace {

// w_i / sum w, and ln sum w.
struct Shares {
  std::vector<double> shares;
  double log_sum = 0;
};

Shares SharesOf(std::span<const double> log_weights) {
  const double largest = std::ranges::max(log_weights);
  Shares result;
  result.shares.reserve(log_weights.size());
  for (const double log_weight : log_weights) result.shares.push_back(std::exp(log_weight - largest));
  const double sum = std::accumulate(result.shares.begin(), result.shares.end(), 0.0);
  for (double& share : result.shares) share /= sum;
  result.log_sum = largest + std::log(sum);
  return result;
}

// theta_i differs from a constant by ln(1 - share_i).
double JackknifeStandardError(std::span<const double> shares) {
  const auto n = static_cast<double>(shares.size());
  double mean = 0;
  for (const double share : shares) mean += std::log1p(-share) / n;
  double sum = 0;
  for (const double share : shares) sum += (std::log1p(-share) - mean) * (std::log1p(-share) - mean);
  const double error = std::sqrt((n - 1) / n * sum);
  return std::isfinite(error) ? error : std::numeric_limits<double>::infinity();
}

}  // namespace

WeightSummary Summarise(std::span<const double> log_weights) {
  const auto [shares, log_sum] = SharesOf(log_weights);
  double squares = 0;
  for (const double share : shares) squares += share * share;
  return {.log_mean = log_sum - std::log(static_cast<double>(shares.size())),
          .standard_error = JackknifeStandardError(shares),
          .effective_sample_size = std::clamp(1 / squares, 1.0, static_cast<double>(shares.size()))};
}

std::vector<int64_t> ResampleSystematically(std::span<const double> log_weights, double u) {
  const std::vector<double> shares = SharesOf(log_weights).shares;
  const auto n = static_cast<int64_t>(shares.size());
  std::vector<int64_t> chosen;
  chosen.reserve(n);
  double below = shares[0];
  for (int64_t i = 0, k = 0; k < n; ++k) {
    const double point = (static_cast<double>(k) + u) / static_cast<double>(n);
    while (i < n - 1 && below <= point) below += shares[++i];
    chosen.push_back(i);
  }
  return chosen;
}

}  // namespace ebm

#include "model/sampler/convergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace ebm {
namespace {

// The sequences: both halves of every chain.
struct Sequences {
  std::vector<std::vector<double>> deviations;  // from the mean of its sequence, for each draw
  std::vector<double> means;
  double within = 0;   // W
  double between = 0;  // var_j(m_j)

  int64_t draws() const { return deviations.empty() ? 0 : static_cast<int64_t>(deviations[0].size()); }
  double together() const {  // V
    const auto n = static_cast<double>(draws());
    return (n - 1) / n * within + between;
  }
};

// The mean, computed by differences from the first value: exact if all values are the same.
double MeanOf(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value - values[0];
  return values[0] + sum / static_cast<double>(values.size());
}

void AddSequence(std::span<const float> draws, Sequences& sequences) {
  const std::vector<double> values(draws.begin(), draws.end());
  sequences.means.push_back(MeanOf(values));
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) deviations.push_back(value - sequences.means.back());
  sequences.deviations.push_back(std::move(deviations));
}

double SumOfSquares(std::span<const double> deviations) {
  return std::inner_product(deviations.begin(), deviations.end(), deviations.begin(), 0.0);
}

// chains: at least one row, and at least two draws in each half.
Sequences Split(ConstMatrix chains) {
  const auto half = static_cast<size_t>(chains.cols() / 2);
  Sequences sequences;
  for (int64_t chain = 0; chain < chains.rows(); ++chain) {
    AddSequence(chains.row(chain).first(half), sequences);
    AddSequence(chains.row(chain).last(half), sequences);
  }
  const auto m = static_cast<double>(sequences.means.size());
  for (const std::vector<double>& deviations : sequences.deviations) {
    sequences.within += SumOfSquares(deviations) / static_cast<double>(half - 1) / m;
  }
  const double mean = MeanOf(sequences.means);
  for (const double of_sequence : sequences.means) {
    sequences.between += (of_sequence - mean) * (of_sequence - mean) / (m - 1);
  }
  return sequences;
}

bool IsTooShort(ConstMatrix chains) { return chains.rows() == 0 || chains.cols() < 4; }

// mean_j s_j^2 rho_jt.
double MeanAutocovariance(const Sequences& sequences, int64_t lag) {
  double sum = 0;
  for (const std::vector<double>& deviations : sequences.deviations) {
    for (size_t i = lag; i < deviations.size(); ++i) sum += deviations[i] * deviations[i - lag];
  }
  return sum / static_cast<double>(sequences.draws() * static_cast<int64_t>(sequences.deviations.size()));
}

}  // namespace

std::optional<double> RHat(double within, double between, int64_t draws) {
  const auto n = static_cast<double>(draws);
  const double together = (n - 1) / n * within + between;
  if (!(together > 0)) return std::nullopt;
  return std::sqrt(together / within);
}

std::optional<double> SplitRHat(ConstMatrix chains) {
  if (IsTooShort(chains)) return std::nullopt;
  const Sequences sequences = Split(chains);
  return RHat(sequences.within, sequences.between, sequences.draws());
}

std::optional<double> EffectiveSampleSize(ConstMatrix chains) {
  if (IsTooShort(chains)) return std::nullopt;
  const Sequences sequences = Split(chains);
  if (!(sequences.within > 0)) return std::nullopt;
  const int64_t n = sequences.draws();
  const auto correlation = [&](int64_t lag) {
    return 1 - (sequences.within - MeanAutocovariance(sequences, lag)) / sequences.together();
  };
  double time = -1;
  double smallest = std::numeric_limits<double>::infinity();
  for (int64_t lag = 0; lag + 1 < n; lag += 2) {
    const double pair = (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    smallest = std::min(smallest, pair);
    time += 2 * smallest;
  }
  const auto draws = static_cast<double>(n * static_cast<int64_t>(sequences.means.size()));
  return draws / std::max(time, 1 / std::log10(draws));
}

}  // namespace ebm

#include "model/sampler/convergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ebm {
namespace {

struct Variances {
  double within = 0;    // W
  double together = 0;  // V
};

Variances VariancesOf(std::span<const SequenceMoments> sequences, int64_t draws) {
  const auto m = static_cast<double>(sequences.size());
  const auto n = static_cast<double>(draws);
  double mean = 0;
  double within = 0;
  for (const SequenceMoments& sequence : sequences) {
    mean += sequence.mean / m;
    within += sequence.variance / m;
  }
  double between = 0;
  for (const SequenceMoments& sequence : sequences) between += (sequence.mean - mean) * (sequence.mean - mean);
  return {.within = within, .together = (n - 1) / n * within + between / (m - 1)};
}

// Both halves of every chain, less their means.
struct CentredSequences {
  std::vector<std::vector<double>> deviations;
  std::vector<SequenceMoments> moments;

  int64_t draws() const { return deviations.empty() ? 0 : static_cast<int64_t>(deviations[0].size()); }
};

void AddSequence(std::span<const float> draws, CentredSequences& sequences) {
  const auto n = static_cast<double>(draws.size());
  double mean = 0;
  for (const float draw : draws) mean += draw / n;
  std::vector<double> deviations;
  deviations.reserve(draws.size());
  double squares = 0;
  for (const float draw : draws) {
    deviations.push_back(draw - mean);
    squares += deviations.back() * deviations.back();
  }
  sequences.moments.push_back({.mean = mean, .variance = n > 1 ? squares / (n - 1) : 0});
  sequences.deviations.push_back(std::move(deviations));
}

CentredSequences Split(ConstMatrix chains) {
  const auto half = static_cast<size_t>(chains.cols() / 2);
  CentredSequences sequences;
  for (int64_t chain = 0; chain < chains.rows(); ++chain) {
    AddSequence(chains.row(chain).first(half), sequences);
    AddSequence(chains.row(chain).last(half), sequences);
  }
  return sequences;
}

// mean_j s_j^2 rho_jt.
double MeanAutocovariance(const CentredSequences& sequences, int64_t lag) {
  double sum = 0;
  for (const std::vector<double>& deviations : sequences.deviations) {
    for (size_t i = lag; i < deviations.size(); ++i) sum += deviations[i] * deviations[i - lag];
  }
  return sum / static_cast<double>(sequences.draws() * static_cast<int64_t>(sequences.deviations.size()));
}

}  // namespace

std::optional<double> RHat(std::span<const SequenceMoments> sequences, int64_t draws) {
  if (sequences.size() < 2 || draws < 2) return std::nullopt;
  const auto [within, together] = VariancesOf(sequences, draws);
  if (!(together > 0)) return std::nullopt;
  return std::sqrt(together / within);
}

std::optional<double> SplitRHat(ConstMatrix chains) {
  const CentredSequences sequences = Split(chains);
  return RHat(sequences.moments, sequences.draws());
}

std::optional<double> EffectiveSampleSize(ConstMatrix chains) {
  const CentredSequences sequences = Split(chains);
  const int64_t n = sequences.draws();
  if (sequences.moments.empty() || n < 2) return std::nullopt;
  const auto [within, together] = VariancesOf(sequences.moments, n);
  if (!(within > 0)) return std::nullopt;
  const auto correlation = [&, w = within, v = together](int64_t lag) {
    return 1 - (w - MeanAutocovariance(sequences, lag)) / v;
  };
  double time = -1;
  double smallest = std::numeric_limits<double>::infinity();
  for (int64_t lag = 0; lag + 1 < n; lag += 2) {
    const double pair = (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (!(pair > 0)) break;
    smallest = std::min(smallest, pair);
    time += 2 * smallest;
  }
  const auto draws = static_cast<double>(n * static_cast<int64_t>(sequences.moments.size()));
  return draws / std::max(time, 1 / std::log10(draws));
}

}  // namespace ebm

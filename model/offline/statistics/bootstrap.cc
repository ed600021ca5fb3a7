#include "model/offline/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "model/core/random.h"

namespace ebm {
namespace {

constexpr uint32_t kBootstrapStep = 1U << 16;  // far from the steps of outlier rows
constexpr double kTail = 0.025;

void Resample(uint64_t seed, uint32_t resample, ResampleCounts& counts) {
  for (size_t group = 0; group < counts.size(); ++group) {
    std::vector<uint32_t>& rows = counts[group];
    const auto size = static_cast<uint32_t>(rows.size());
    std::ranges::fill(rows, 0);
    const RandomKey key = {.seed = seed,
                           .stream = RandomStream::kEvaluation,
                           .chain = resample,
                           .step = kBootstrapStep + static_cast<uint32_t>(group)};
    for (uint32_t draw = 0; draw < size; ++draw) ++rows[UniformInteger(key, draw, size)];
  }
}

// The quantile at `share`, linear between the sorted values.
double Quantile(std::span<const double> sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

}  // namespace

std::vector<Figure> Bootstrap(std::span<const int64_t> group_rows, uint64_t seed, const ResampleFigures& figures) {
  ResampleCounts counts;
  counts.reserve(group_rows.size());
  for (const int64_t rows : group_rows) counts.emplace_back(rows, 1);
  const std::vector<double> values = figures(counts);
  std::vector<std::vector<double>> resampled(values.size(), std::vector<double>(kBootstrapResamples));
  for (uint32_t resample = 0; resample < kBootstrapResamples; ++resample) {
    Resample(seed, resample, counts);
    const std::vector<double> drawn = figures(counts);
    for (size_t f = 0; f < drawn.size(); ++f) resampled[f][resample] = drawn[f];
  }
  std::vector<Figure> result;
  result.reserve(values.size());
  for (size_t f = 0; f < values.size(); ++f) {
    std::ranges::sort(resampled[f]);
    result.push_back({values[f], Quantile(resampled[f], kTail), Quantile(resampled[f], 1 - kTail)});
  }
  return result;
}

}  // namespace ebm

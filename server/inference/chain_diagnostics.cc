#include "server/inference/chain_diagnostics.h"

#include <algorithm>

#include "model/core/matrix_view.h"
#include "model/sampler/convergence.h"

namespace ebm::inference {
namespace {

MatrixBuffer LogDensities(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains) {
  MatrixBuffer draws(static_cast<int64_t>(chains.size()), traces.window().draws);
  for (size_t i = 0; i < chains.size(); ++i) {
    std::ranges::copy(traces.log_density(chains[i]), draws.row(static_cast<int64_t>(i)).begin());
  }
  return draws;
}

// Within- and between-sequence variances of every coordinate, [D] each. The sequences are the halves of all chains.
struct CoordinateVariances {
  std::vector<double> within;
  std::vector<double> between;
};

// Iterates chain by chain, in the order of memory. Subtracts the mean of the first sequence from all means, so that
// rounding gives no variance between sequences whose means are equal.
CoordinateVariances VariancesOf(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains) {
  const size_t dimension = traces.dimension();
  const auto sequences = static_cast<double>(2 * chains.size());
  const auto for_each = [&](auto&& use) {
    for (const uint32_t chain : chains) {
      for (const int half : {0, 1}) {
        for (size_t i = 0; i < dimension; ++i) use(chain, half, i);
      }
    }
  };
  CoordinateVariances variances{.within = std::vector<double>(dimension), .between = std::vector<double>(dimension)};
  std::vector<double> means(dimension);
  const auto from_first = [&](uint32_t chain, int half, size_t i) {
    return traces.mean(chain, half, i) - traces.mean(chains[0], 0, i);
  };
  for_each([&](uint32_t chain, int half, size_t i) {
    means[i] += from_first(chain, half, i) / sequences;
    variances.within[i] += traces.variance(chain, half, i) / sequences;
  });
  for_each([&](uint32_t chain, int half, size_t i) {
    const double deviation = from_first(chain, half, i) - means[i];
    variances.between[i] += deviation * deviation / (sequences - 1);
  });
  return variances;
}

std::optional<LargestRHat> FindLargestRHat(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                                           std::span<const uint8_t> free_coordinates) {
  const CoordinateVariances variances = VariancesOf(traces, chains);
  std::optional<LargestRHat> largest;
  for (size_t i = 0; i < traces.dimension(); ++i) {
    if (!free_coordinates.empty() && free_coordinates[i] == 0) continue;
    const std::optional<double> r_hat = RHat(variances.within[i], variances.between[i], traces.window().draws / 2);
    if (!r_hat.has_value() || (largest.has_value() && *r_hat <= largest->r_hat)) continue;
    largest = {.r_hat = *r_hat, .coordinate = static_cast<uint32_t>(i)};
  }
  return largest;
}

}  // namespace

ChainDiagnostics Diagnose(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                          std::span<const uint8_t> free_coordinates) {
  const MatrixBuffer log_density = LogDensities(traces, chains);
  return {.first_step = traces.window().first,
          .step_interval = traces.window().interval,
          .draws = traces.window().draws,
          .log_density_r_hat = SplitRHat(log_density.view()),
          .log_density_effective_sample_size = EffectiveSampleSize(log_density.view()),
          .largest_r_hat = FindLargestRHat(traces, chains, free_coordinates)};
}

}  // namespace ebm::inference

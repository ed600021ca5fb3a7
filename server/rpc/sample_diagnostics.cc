#include "server/rpc/sample_diagnostics.h"

#include <algorithm>
#include <optional>

#include "model/core/matrix_view.h"
#include "model/sampler/convergence.h"

namespace ebm::rpc {
namespace {

MatrixBuffer LogDensities(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains) {
  MatrixBuffer draws(static_cast<int64_t>(chains.size()), traces.window().draws);
  for (size_t i = 0; i < chains.size(); ++i) {
    std::ranges::copy(traces.log_density(chains[i]), draws.row(static_cast<int64_t>(i)).begin());
  }
  return draws;
}

std::optional<double> CoordinateRHat(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                                     size_t coordinate) {
  std::vector<SequenceMoments> sequences;
  sequences.reserve(2 * chains.size());
  for (const uint32_t chain : chains) {
    for (const int half : {0, 1}) {
      sequences.push_back(
          {.mean = traces.mean(chain, half, coordinate), .variance = traces.variance(chain, half, coordinate)});
    }
  }
  return RHat(sequences, traces.window().draws / 2);
}

void AddLargestRHat(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                    std::span<const uint8_t> free_coordinates, v1::ChainDiagnostics& diagnostics) {
  for (size_t i = 0; i < traces.dimension(); ++i) {
    if (!free_coordinates.empty() && free_coordinates[i] == 0) continue;
    const std::optional<double> r_hat = CoordinateRHat(traces, chains, i);
    if (!r_hat.has_value()) continue;
    if (diagnostics.has_largest_r_hat() && *r_hat <= diagnostics.largest_r_hat()) continue;
    diagnostics.set_largest_r_hat(*r_hat);
    diagnostics.set_largest_r_hat_coordinate(static_cast<uint32_t>(i));
  }
}

}  // namespace

v1::ChainDiagnostics Diagnose(const batching::ChainTraces& traces, const std::vector<uint32_t>& chains,
                              std::span<const uint8_t> free_coordinates) {
  v1::ChainDiagnostics diagnostics;
  diagnostics.set_first_step(traces.window().first);
  diagnostics.set_step_interval(traces.window().interval);
  diagnostics.set_draws(traces.window().draws);
  const MatrixBuffer log_density = LogDensities(traces, chains);
  if (const auto r_hat = SplitRHat(log_density.view())) diagnostics.set_log_density_r_hat(*r_hat);
  if (const auto size = EffectiveSampleSize(log_density.view())) {
    diagnostics.set_log_density_effective_sample_size(*size);
  }
  AddLargestRHat(traces, chains, free_coordinates, diagnostics);
  return diagnostics;
}

}  // namespace ebm::rpc

#include "model/sampler/metropolis_langevin.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

#include "model/core/random.h"

namespace ebm {
namespace {

// A chain whose start has no finite ln p~ cannot accept anything: its state becomes NaN, as if it had diverged.
void NoteEvaluated(ChainBatch& chains, int64_t row) {
  if (!std::isfinite(chains.log_density()[row])) {
    std::ranges::fill(chains.states().row(row), std::numeric_limits<float>::quiet_NaN());
  }
  chains.set_evaluated(row);
}

// Evaluates each run of consecutive rows that are not evaluated yet with one call.
void EvaluateNewRows(const LogDensityGradient& model, ChainBatch& chains) {
  for (int64_t first = 0, end = 0; first < chains.rows(); first = end + 1) {
    for (end = first; end < chains.rows() && !chains.evaluated(end);) ++end;
    const int64_t count = end - first;
    if (count == 0) continue;
    model.Evaluate(chains.states().rows_from(first, count), chains.classes().subspan(first, count),
                   chains.log_density().subspan(first, count), chains.gradient().rows_from(first, count));
    for (int64_t row = first; row < end; ++row) NoteEvaluated(chains, row);
  }
}

void Propose(ChainBatch& chains, int64_t row) {
  const ChainSettings& settings = chains.settings(row);
  const Motion& motion = chains.motion(row);
  const std::span<const float> state = chains.states().row(row);
  const std::span<const float> gradient = chains.gradient().row(row);
  const std::span<const uint8_t> free = chains.free_coordinates(row);
  const std::span<float> noise = chains.noise();
  const std::span<float> proposal = chains.proposals().states.row(row);
  FillNormal({.seed = settings.seed, .chain = settings.chain, .step = chains.step(row)}, noise);
  for (size_t i = 0; i < state.size(); ++i) {
    proposal[i] = state[i] + motion.step_size * gradient[i] + motion.noise_scale * noise[i];
  }
  for (size_t i = 0; i < free.size(); ++i) {
    if (free[i] == 0) proposal[i] = state[i];
  }
}

// False for NaN. Held coordinates may lie outside, since they do not move.
bool IsInBox(const ChainBatch& chains, int64_t row, std::span<const float> proposal) {
  const SamplerSettings& settings = chains.settings(row).sampler;
  const float lower = settings.clamp_lower.value_or(-std::numeric_limits<float>::infinity());
  const float upper = settings.clamp_upper.value_or(std::numeric_limits<float>::infinity());
  const std::span<const uint8_t> free = chains.free_coordinates(row);
  for (size_t i = 0; i < proposal.size(); ++i) {
    if (!free.empty() && free[i] == 0) continue;
    if (!(proposal[i] >= lower && proposal[i] <= upper)) return false;
  }
  return true;
}

// ln r without regard to the box. Not finite if ln p~ of the proposal is not.
double LogAcceptanceRatio(ChainBatch& chains, int64_t row) {
  const double alpha = chains.motion(row).step_size;
  const double sigma = chains.motion(row).noise_scale;
  const double temperature = sigma * sigma / (2 * alpha);
  const ChainProposals& proposals = chains.proposals();
  const std::span<const float> state = chains.states().row(row);
  const std::span<const float> gradient = chains.gradient().row(row);
  const std::span<const float> proposal = proposals.states.row(row);
  const std::span<const float> proposal_gradient = proposals.gradient.row(row);
  const std::span<const uint8_t> free = chains.free_coordinates(row);
  double there = 0;
  double back = 0;
  for (size_t i = 0; i < state.size(); ++i) {
    if (!free.empty() && free[i] == 0) continue;
    const double move = double{proposal[i]} - state[i];
    there += (move - alpha * gradient[i]) * (move - alpha * gradient[i]);
    back += (move + alpha * proposal_gradient[i]) * (move + alpha * proposal_gradient[i]);
  }
  const double gain = double{proposals.log_density[row]} - chains.log_density()[row];
  return gain / temperature + (there - back) / (2 * sigma * sigma);
}

// ln r; minus infinity if the proposal must be rejected.
double LogRatioOrRejection(ChainBatch& chains, int64_t row) {
  constexpr double kRejection = -std::numeric_limits<double>::infinity();
  if (!IsInBox(chains, row, chains.proposals().states.row(row))) return kRejection;
  const double log_ratio = LogAcceptanceRatio(chains, row);
  return std::isfinite(log_ratio) ? log_ratio : kRejection;
}

bool Accepts(const ChainBatch& chains, int64_t row, double log_ratio) {
  const ChainSettings& settings = chains.settings(row);
  const double u = OpenUniform(
      {.seed = settings.seed, .stream = RandomStream::kAcceptance, .chain = settings.chain, .step = chains.step(row)});
  return std::log(u) < log_ratio;
}

bool Adapts(const ChainBatch& chains, int64_t row) {
  const auto* const kernel = std::get_if<MetropolisLangevin>(&chains.settings(row).sampler.kernel);
  return kernel != nullptr && chains.step(row) < kernel->adaptation_steps;
}

void Adapt(ChainBatch& chains, int64_t row, double log_ratio) {
  constexpr double kGainDecay = 0.6;
  const double gain = std::pow(chains.step(row) + 1.0, -kGainDecay);
  const double change = gain * (std::exp(std::min(0.0, log_ratio)) - kWantedAcceptance);
  const Motion& motion = chains.motion(row);
  chains.set_motion(row, {.step_size = static_cast<float>(motion.step_size * std::exp(change)),
                          .noise_scale = static_cast<float>(motion.noise_scale * std::exp(change / 2))});
}

}  // namespace

void MetropolisLangevinKernel::Step(ChainBatch& chains) const {
  EvaluateNewRows(model_, chains);
  for (int64_t row = 0; row < chains.rows(); ++row) Propose(chains, row);
  const ChainProposals& proposals = chains.proposals();
  model_.Evaluate(proposals.states, chains.classes(), proposals.log_density, proposals.gradient);
  for (int64_t row = 0; row < chains.rows(); ++row) {
    const double log_ratio = LogRatioOrRejection(chains, row);
    if (Accepts(chains, row, log_ratio)) chains.TakeProposal(row);
    if (Adapts(chains, row)) Adapt(chains, row, log_ratio);
    chains.set_step(row, chains.step(row) + 1);
  }
}

}  // namespace ebm

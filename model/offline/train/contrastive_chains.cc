#include "model/offline/train/contrastive_chains.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/core/finite.h"
#include "model/core/random.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/chain_start.h"
#include "model/sampler/langevin.h"
#include "model/sampler/metropolis_langevin.h"
#include "model/sampler/run_chains.h"

namespace ebm {
namespace {

// Draw i, uniform, decides whether chain i restarts.
std::vector<float> RefreshDraws(uint64_t seed, int64_t n) {
  std::vector<float> draws(n);
  FillUniform({.seed = seed, .stream = RandomStream::kBufferRefresh}, draws);
  return draws;
}

ChainSettings SettingsOf(const ChainRecipe& recipe, uint64_t seed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return {.seed = seed,
          .step_size = recipe.step_size,
          .noise_scale = recipe.noise_scale,
          .clamp_lower = recipe.clamp_lower.value_or(-kInfinity),
          .clamp_upper = recipe.clamp_upper.value_or(kInfinity)};
}

}  // namespace

ReplayBuffer ReplayBuffer::Uniform(const ChainRecipe& recipe, int64_t dimension, uint64_t seed) {
  ReplayBuffer buffer{MatrixBuffer(recipe.buffer_size, dimension)};
  FillUniformStart(seed, 0, recipe.start_lower, recipe.start_upper, buffer.states.view());
  return buffer;
}

ChainStarts DrawStarts(const ChainRecipe& recipe, const ReplayBuffer& buffer, uint64_t seed, int64_t n,
                       int64_t dimension, const BaseDensity* base) {
  ChainStarts starts{MatrixBuffer(n, dimension), {}};
  if (recipe.start_from_base) {
    base->Draw(seed, 0, kNoClass, starts.states.view());
  } else {
    FillUniformStart(seed, 0, recipe.start_lower, recipe.start_upper, starts.states.view());
  }
  if (recipe.buffer_size == 0) return starts;

  const std::vector<float> refresh = RefreshDraws(seed, n);
  const auto size = static_cast<uint32_t>(buffer.states.rows());
  for (int64_t i = 0; i < n; ++i) {
    const int64_t slot = UniformInteger(
        {.seed = seed, .stream = RandomStream::kBufferChoice, .chain = static_cast<uint32_t>(i)}, 0, size);
    starts.slots.push_back(slot);
    if (refresh[i] >= recipe.refresh_probability) {
      std::ranges::copy(buffer.states.row(slot), starts.states.row(i).begin());
    }
  }
  return starts;
}

ChainRun RunChains(const LogDensityGradient& model, const ChainRecipe& recipe, uint64_t seed, ConstMatrix starts,
                   int threads) {
  MatrixBuffer ends({starts.values().begin(), starts.values().end()}, starts.rows(), starts.cols());
  const LangevinKernel unadjusted;
  const MetropolisLangevinKernel adjusted;
  const TransitionKernel& kernel = recipe.metropolis ? static_cast<const TransitionKernel&>(adjusted) : unadjusted;
  const int64_t accepted = RunChains(kernel, model, SettingsOf(recipe, seed), recipe.steps, ends.view(), threads);
  const double steps = static_cast<double>(recipe.steps) * static_cast<double>(starts.rows());
  return {.ends = std::move(ends),
          .acceptance = recipe.metropolis && steps > 0 ? static_cast<double>(accepted) / steps : 1};
}

void StoreEnds(const std::vector<int64_t>& slots, ConstMatrix ends, ReplayBuffer& buffer) {
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::span<const float> end = ends.row(static_cast<int64_t>(i));
    if (AllFinite(end)) std::ranges::copy(end, buffer.states.row(slots[i]).begin());
  }
}

}  // namespace ebm

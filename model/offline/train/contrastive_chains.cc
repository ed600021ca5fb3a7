#include "model/offline/train/contrastive_chains.h"

#include <algorithm>
#include <memory>

#include "model/core/finite.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/sampler/chain_start.h"
#include "model/sampler/kernel_table.h"
#include "model/sampler/run_chains.h"

namespace ebm {
namespace {

// Draw i, uniform, decides whether chain i restarts.
std::vector<float> RefreshDraws(uint64_t seed, int64_t n) {
  std::vector<float> draws(n);
  FillUniform({.seed = seed, .stream = RandomStream::kBufferRefresh}, draws);
  return draws;
}

}  // namespace

ReplayBuffer ReplayBuffer::Uniform(const ChainRecipe& recipe, int64_t dimension, uint64_t seed) {
  ReplayBuffer buffer{MatrixBuffer(recipe.buffer_size, dimension)};
  FillUniformStart(seed, 0, recipe.sampler.start_lower, recipe.sampler.start_upper, buffer.states.view());
  return buffer;
}

ChainStarts DrawStarts(const ChainRecipe& recipe, const ReplayBuffer& buffer, uint64_t seed, const ChainShare& share,
                       int64_t dimension, const BaseDensity* base) {
  const RowShare& chains = share.chains;
  ChainStarts starts{MatrixBuffer(chains.count, dimension), {}};
  const auto first = static_cast<uint32_t>(chains.first);
  if (recipe.sampler.start == ChainStart::kBase) {
    base->Draw(seed, first, kNoClass, starts.states.view());
  } else {
    FillUniformStart(seed, first, recipe.sampler.start_lower, recipe.sampler.start_upper, starts.states.view());
  }
  if (recipe.buffer_size == 0) return starts;

  const std::vector<float> refresh = RefreshDraws(seed, chains.all);
  const auto size = static_cast<uint32_t>(share.slots.count);
  for (int64_t i = 0; i < chains.count; ++i) {
    const auto chain = static_cast<uint32_t>(chains.first + i);
    const int64_t slot = share.slots.first +
                         UniformInteger({.seed = seed, .stream = RandomStream::kBufferChoice, .chain = chain}, 0, size);
    starts.slots.push_back(slot);
    if (refresh[chain] >= recipe.refresh_probability) {
      std::ranges::copy(buffer.states.row(slot), starts.states.row(i).begin());
    }
  }
  return starts;
}

absl::StatusOr<ChainRun> RunChains(const EnergyModel& model, const ChainRecipe& recipe, const SeededChains& chains,
                                   ConstMatrix starts, RowWorkers& workers) {
  const SamplerSettings& sampler = recipe.sampler;
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<const TransitionKernel> kernel, MakeKernel(sampler.kernel, model));
  if (starts.rows() == 0) return ChainRun{.ends = MatrixBuffer(0, starts.cols())};
  ChainRun run{.ends = {{starts.values().begin(), starts.values().end()}, starts.rows(), starts.cols()}};
  const int64_t accepted =
      RunChains(*kernel, {.seed = chains.seed, .chain = static_cast<uint32_t>(chains.first), .sampler = sampler},
                run.ends.view(), workers);
  const double steps = static_cast<double>(sampler.steps) * static_cast<double>(starts.rows());
  if (IsAdjusted(sampler.kernel) && steps > 0) {
    run.acceptance = static_cast<double>(accepted) / steps;
  }
  return run;
}

void StoreEnds(const std::vector<int64_t>& slots, ConstMatrix ends, ReplayBuffer& buffer) {
  for (size_t i = 0; i < slots.size(); ++i) {
    const std::span<const float> end = ends.row(static_cast<int64_t>(i));
    if (AllFinite(end)) std::ranges::copy(end, buffer.states.row(slots[i]).begin());
  }
}

}  // namespace ebm

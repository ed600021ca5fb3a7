#include "model/sampler/chain_start.h"

#include <algorithm>
#include <cmath>

#include "model/core/energy_model.h"
#include "model/core/random.h"

namespace ebm {
namespace {

std::vector<int64_t> RowsOfClass(int32_t target_class, int64_t rows, std::span<const int32_t> classes) {
  std::vector<int64_t> found;
  for (int64_t r = 0; r < rows; ++r) {
    if (target_class == kNoClass || classes[r] == target_class) found.push_back(r);
  }
  return found;
}

}  // namespace

void FillUniformStart(uint64_t seed, uint32_t first_chain, float lower, float upper, Matrix states) {
  for (int64_t r = 0; r < states.rows(); ++r) {
    const std::span<float> state = states.row(r);
    const uint32_t chain = first_chain + static_cast<uint32_t>(r);
    FillUniform({.seed = seed, .stream = RandomStream::kChainStart, .chain = chain}, state);
    for (float& value : state) value = lower + (upper - lower) * value;
  }
}

void FillUniformLevels(uint64_t seed, uint32_t first_chain, std::span<const int32_t> levels, Matrix states) {
  FillUniformStart(seed, first_chain, 0, 1, states);
  for (int64_t r = 0; r < states.rows(); ++r) {
    const std::span<float> state = states.row(r);
    for (size_t i = 0; i < state.size(); ++i) state[i] = std::floor(state[i] * static_cast<float>(levels[i]));
  }
}

bool FillStartFromStates(uint64_t seed, uint32_t first_chain, int32_t target_class, ConstMatrix stored,
                         std::span<const int32_t> stored_classes, Matrix states) {
  const std::vector<int64_t> candidates = RowsOfClass(target_class, stored.rows(), stored_classes);
  if (candidates.empty()) return false;
  for (int64_t r = 0; r < states.rows(); ++r) {
    const uint32_t chain = first_chain + static_cast<uint32_t>(r);
    const uint32_t choice = UniformInteger({.seed = seed, .stream = RandomStream::kBufferChoice, .chain = chain}, 0,
                                           static_cast<uint32_t>(candidates.size()));
    std::ranges::copy(stored.row(candidates[choice]), states.row(r).begin());
  }
  return true;
}

}  // namespace ebm

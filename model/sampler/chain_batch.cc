#include "model/sampler/chain_batch.h"

#include <algorithm>
#include <cmath>

namespace ebm {

ChainBatch::ChainBatch(int64_t rows, int64_t dimension)
    : states_(rows, dimension),
      gradient_(rows, dimension),
      log_density_(rows),
      noise_(dimension),
      settings_(rows),
      steps_(rows),
      classes_(rows, kNoClass),
      active_(rows),
      masked_(rows),
      free_coordinates_(rows * dimension) {}

void ChainBatch::Set(int64_t row, const ChainSettings& settings, uint32_t step, std::span<const float> state,
                     std::span<const uint8_t> free_coordinates) {
  std::ranges::copy(state, states_.row(row).begin());
  std::ranges::copy(free_coordinates, free_coordinates_.begin() + row * dimension());
  settings_[row] = settings;
  steps_[row] = step;
  classes_[row] = settings.target_class;
  masked_[row] = !free_coordinates.empty();
  active_[row] = 1;
}

void ChainBatch::Clear(int64_t row) {
  std::ranges::fill(states_.row(row), 0.0F);
  classes_[row] = kNoClass;
  active_[row] = 0;
}

bool ChainBatch::IsFinite(int64_t row) const {
  return std::ranges::all_of(states_.row(row), [](float value) { return std::isfinite(value); });
}

std::span<const uint8_t> ChainBatch::free_coordinates(int64_t row) const {
  if (masked_[row] == 0) return {};
  return std::span(free_coordinates_).subspan(row * dimension(), dimension());
}

}  // namespace ebm

#include "model/sampler/chain_batch.h"

#include <algorithm>

#include "model/core/finite.h"

namespace ebm {

ChainBatch::ChainBatch(int64_t capacity, int64_t dimension)
    : rows_(capacity),
      states_(capacity, dimension),
      gradient_(capacity, dimension),
      log_density_(capacity),
      noise_(dimension),
      sweeps_(capacity),
      settings_(capacity),
      motions_(capacity),
      steps_(capacity),
      classes_(capacity, kNoClass),
      evaluated_(capacity),
      accepted_(capacity),
      proposed_states_(capacity, dimension),
      proposed_gradient_(capacity, dimension),
      proposed_log_density_(capacity),
      masked_(capacity),
      free_coordinates_(capacity * dimension) {}

void ChainBatch::Set(int64_t row, const ChainSettings& settings, uint32_t step, std::span<const float> state,
                     std::span<const uint8_t> free_coordinates) {
  std::ranges::copy(state, states_.row(row).begin());
  std::ranges::copy(free_coordinates, free_coordinates_.begin() + row * dimension());
  settings_[row] = settings;
  motions_[row] = MotionOf(settings.sampler.kernel);
  steps_[row] = step;
  classes_[row] = settings.target_class;
  masked_[row] = !free_coordinates.empty();
  evaluated_[row] = 0;
  accepted_[row] = 0;
}

void ChainBatch::Copy(int64_t from, int64_t to) {
  Set(to, settings_[from], steps_[from], states_.row(from), free_coordinates(from));
  motions_[to] = motions_[from];
  std::ranges::copy(gradient_.row(from), gradient_.row(to).begin());
  log_density_[to] = log_density_[from];
  evaluated_[to] = evaluated_[from];
  accepted_[to] = accepted_[from];
}

ChainProposals ChainBatch::proposals() {
  return {.states = proposed_states_.view().rows_from(0, rows_),
          .gradient = proposed_gradient_.view().rows_from(0, rows_),
          .log_density = std::span(proposed_log_density_).first(rows_)};
}

void ChainBatch::TakeProposal(int64_t row) {
  std::ranges::copy(proposed_states_.row(row), states_.row(row).begin());
  std::ranges::copy(proposed_gradient_.row(row), gradient_.row(row).begin());
  log_density_[row] = proposed_log_density_[row];
  ++accepted_[row];
}

bool ChainBatch::IsFinite(int64_t row) const { return AllFinite(states_.row(row)); }

std::span<const uint8_t> ChainBatch::free_coordinates(int64_t row) const {
  if (masked_[row] == 0) return {};
  return std::span(free_coordinates_).subspan(row * dimension(), dimension());
}

}  // namespace ebm

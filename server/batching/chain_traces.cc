#include "server/batching/chain_traces.h"

#include <algorithm>

namespace ebm::batching {

TraceWindow TraceWindow::Of(uint32_t steps, uint32_t after) {
  const uint32_t traceable = (steps - after + 1) / 2;
  const uint32_t interval = (traceable + kMostDraws - 1) / kMostDraws;
  const uint32_t draws = traceable / interval / 2 * 2;
  return {.first = steps - (draws - 1) * interval, .interval = interval, .draws = draws};
}

ChainTraces::ChainTraces(const TraceWindow& window, uint32_t chains, size_t dimension)
    : window_(window), dimension_(dimension), log_density_(chains), sums_(chains) {}

size_t ChainTraces::BytesPerChain(const TraceWindow& window, size_t dimension) {
  return sizeof(std::vector<float>) + window.draws * sizeof(float) + sizeof(std::vector<Sums>) +
         2 * dimension * sizeof(Sums);
}

void ChainTraces::Record(uint32_t chain, uint32_t steps_done, float log_density, std::span<const float> state) {
  if (steps_done < window_.first || (steps_done - window_.first) % window_.interval != 0) return;
  const uint32_t draw = (steps_done - window_.first) / window_.interval;
  if (draw >= window_.draws) return;
  if (draw == 0) {
    log_density_[chain].resize(window_.draws);
    sums_[chain].resize(2 * dimension_);
  }
  log_density_[chain][draw] = log_density;
  const uint32_t half = draw < window_.draws / 2 ? 0 : 1;
  const bool is_first = draw == half * (window_.draws / 2);
  Sums* sums = sums_[chain].data() + half * dimension_;
  for (size_t i = 0; i < dimension_; ++i, ++sums) {
    if (is_first) sums->origin = state[i];
    const double change = state[i] - sums->origin;
    sums->sum += change;
    sums->squares += change * change;
  }
}

double ChainTraces::mean(uint32_t chain, int half, size_t coordinate) const {
  const Sums& sums = SumsOf(chain, half, coordinate);
  return sums.origin + sums.sum / half_draws();
}

double ChainTraces::variance(uint32_t chain, int half, size_t coordinate) const {
  const Sums& sums = SumsOf(chain, half, coordinate);
  return std::max(0.0, sums.squares - sums.sum * sums.sum / half_draws()) / (half_draws() - 1);
}

}  // namespace ebm::batching

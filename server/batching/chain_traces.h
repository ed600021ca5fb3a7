// What the chains of one request passed through, for its diagnostics: ln p~ of every traced step, and the moments of
// every coordinate over either half of them.
//
// The traced steps are the last half of those that tune nothing, or evenly spaced ones where that would be more than
// kMostDraws: numbers first, first + interval, ..., an even number of them.
//
// Memory: 4 draws + 48 D bytes a chain, taken at its first draw.
//
// Threads: a chain's part belongs to the worker that runs the chain.

#ifndef EBM_SERVER_BATCHING_CHAIN_TRACES_H_
#define EBM_SERVER_BATCHING_CHAIN_TRACES_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ebm::batching {

struct TraceWindow {
  uint32_t first = 0;  // steps done when the first draw is taken
  uint32_t interval = 1;
  uint32_t draws = 0;  // even; 0: nothing is traced

  static constexpr uint32_t kMostDraws = 512;
  static constexpr uint32_t kFewestSteps = 8;  // beyond the adaptation: two draws in either half

  // Of a request's steps, the first `adaptation_steps` of which tune. REQUIRES: kFewestSteps more than those.
  static TraceWindow Of(uint32_t steps, uint32_t adaptation_steps);
};

class ChainTraces {
 public:
  ChainTraces(const TraceWindow& window, uint32_t chains, size_t dimension);

  // Keeps what a chain is like after so many steps, where they are traced. state: [D].
  void Record(uint32_t chain, uint32_t steps_done, float log_density, std::span<const float> state);

  const TraceWindow& window() const { return window_; }
  size_t dimension() const { return dimension_; }
  // REQUIRES, here and below: all draws of the chain were recorded.
  std::span<const float> log_density(uint32_t chain) const { return log_density_[chain]; }  // [draws]
  // Of a coordinate over one half (0 or 1) of a chain's draws. variance: unbiased.
  double mean(uint32_t chain, int half, size_t coordinate) const;
  double variance(uint32_t chain, int half, size_t coordinate) const;

 private:
  // Sums over a half's draws of what a coordinate differs from the half's first draw: the variance of numbers that lie
  // close together keeps its digits.
  struct Sums {
    double origin = 0;
    double sum = 0;
    double squares = 0;
  };
  const Sums& SumsOf(uint32_t chain, int half, size_t coordinate) const {
    return sums_[chain][static_cast<size_t>(half) * dimension_ + coordinate];
  }
  double half_draws() const { return window_.draws / 2.0; }

  TraceWindow window_;
  size_t dimension_;
  std::vector<std::vector<float>> log_density_;  // [chains][draws]
  std::vector<std::vector<Sums>> sums_;          // [chains][2, D]
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CHAIN_TRACES_H_

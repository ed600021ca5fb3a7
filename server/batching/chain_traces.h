// Traces of the chains of one request, for its diagnostics: ln p~ at every traced step, and the mean and variance of
// every coordinate over the first and the second half of the traced steps.
//
// The traced steps are the last half of those that may be traced, thinned to evenly spaced ones if they are more than
// kMostDraws: steps first, first + interval, ..., an even number of them.
//
// Memory: 4 draws + 48 D bytes per chain, allocated at its first draw.
//
// Threads: the trace of a chain belongs to the worker that runs the chain.

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
  uint32_t draws = 0;  // an even number; 0: nothing is traced

  static constexpr uint32_t kMostDraws = 512;
  static constexpr uint32_t kFewestSteps = 8;  // that may be traced: gives two draws in each half

  // The window of a request whose last step is `steps`, and of which the steps after `after` may be traced.
  // REQUIRES: steps >= after + kFewestSteps.
  static TraceWindow Of(uint32_t steps, uint32_t after);
};

class ChainTraces {
 public:
  ChainTraces(const TraceWindow& window, uint32_t chains, size_t dimension);
  static size_t BytesPerChain(const TraceWindow& window, size_t dimension);

  // Records a chain after steps_done steps, if that step is traced. state: [D].
  void Record(uint32_t chain, uint32_t steps_done, float log_density, std::span<const float> state);

  const TraceWindow& window() const { return window_; }
  size_t dimension() const { return dimension_; }
  // REQUIRES, here and below: all draws of the chain were recorded.
  std::span<const float> log_density(uint32_t chain) const { return log_density_[chain]; }  // [draws]
  // The mean and the unbiased variance of a coordinate over one half (0 or 1) of a chain's draws.
  double mean(uint32_t chain, int half, size_t coordinate) const;
  double variance(uint32_t chain, int half, size_t coordinate) const;

 private:
  // Sums, over the draws of one half, of a coordinate's difference from the half's first draw. Subtracting the first
  // draw keeps the precision of the variance when the values lie close together.
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

// The fastest steps measured so far. They give a lower bound on the time that a request takes, and so tell which
// deadlines cannot be met.
//
// Threads: safe from any thread, without a lock.

#ifndef EBM_SERVER_BATCHING_STEP_SPEED_H_
#define EBM_SERVER_BATCHING_STEP_SPEED_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace ebm::batching {

class StepSpeed {
 public:
  // Records that one step of one worker's tile of `chains` chains took `step`.
  void Note(absl::Duration step, int64_t chains) {
    const double seconds = absl::ToDoubleSeconds(step);
    Lower(seconds, fastest_step_);
    Lower(seconds / static_cast<double>(chains), fastest_chain_step_);
  }

  // A lower bound on the time of a request on this many workers. A chain's steps follow one another, each at least as
  // long as the fastest step of a tile; and all chains together need at least the least time per chain and step,
  // divided by the workers. Zero before the first measurement.
  absl::Duration LeastTime(uint32_t chains, uint32_t steps, int64_t workers) const {
    const double step = fastest_step_;
    if (step == kUnknown || workers == 0) return absl::ZeroDuration();
    const double alone = steps * step;
    const double together = static_cast<double>(chains) * steps * fastest_chain_step_ / static_cast<double>(workers);
    return absl::Seconds(alone > together ? alone : together);
  }

 private:
  static constexpr double kUnknown = std::numeric_limits<double>::infinity();

  static void Lower(double value, std::atomic<double>& least) {
    double seen = least;
    while (value < seen && !least.compare_exchange_weak(seen, value)) {
    }
  }

  std::atomic<double> fastest_step_ = kUnknown;        // seconds
  std::atomic<double> fastest_chain_step_ = kUnknown;  // seconds
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_STEP_SPEED_H_

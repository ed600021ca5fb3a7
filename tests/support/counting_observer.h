// An observer that counts its calls.

#ifndef EBM_TESTS_SUPPORT_COUNTING_OBSERVER_H_
#define EBM_TESTS_SUPPORT_COUNTING_OBSERVER_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "server/batching/batching_observer.h"

namespace ebm::batching {

class CountingObserver final : public BatchingObserver {
 public:
  void StepTaken(absl::Duration /*duration*/, int chains) override {
    ++steps;
    chain_steps += chains;
  }
  void RowsEvaluated(absl::Duration /*duration*/, int count) override { rows += count; }
  void FirstFrame(absl::Duration since_submit) override {
    ++first_frames;
    last_first_frame_nanos = absl::ToInt64Nanoseconds(since_submit);
  }
  void QueueWait(absl::Duration since_submit) override {
    ++queue_waits;
    last_queue_wait_nanos = absl::ToInt64Nanoseconds(since_submit);
  }
  void ChainDiverged() override { ++diverged; }
  void ChainsFinished(int chains) override { finished += chains; }

  std::atomic<int64_t> steps = 0;
  std::atomic<int64_t> chain_steps = 0;
  std::atomic<int64_t> rows = 0;
  std::atomic<int64_t> first_frames = 0;
  std::atomic<int64_t> last_first_frame_nanos = 0;
  std::atomic<int64_t> queue_waits = 0;
  std::atomic<int64_t> last_queue_wait_nanos = 0;
  std::atomic<int64_t> diverged = 0;
  std::atomic<int64_t> finished = 0;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_COUNTING_OBSERVER_H_

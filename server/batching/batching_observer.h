// What batching tells the outside about itself: implemented by server/observe, counted by tests.

#ifndef EBM_SERVER_BATCHING_BATCHING_OBSERVER_H_
#define EBM_SERVER_BATCHING_BATCHING_OBSERVER_H_

#include "absl/time/time.h"

namespace ebm::batching {

// Threads: called from workers and submitters at once, never under a batching lock. Must be quick.
class BatchingObserver {
 public:
  virtual ~BatchingObserver() = default;

  // One step of one worker's tile, with `chains` slots occupied.
  virtual void StepTaken(absl::Duration /*duration*/, int /*chains*/) {}
  // One tile of Classify and Score rows.
  virtual void RowsEvaluated(absl::Duration /*duration*/, int /*rows*/) {}
  // From Submit to the first frame that the sink took.
  virtual void FirstFrame(absl::Duration /*since_submit*/) {}
  // From Submit to a request's first slot, or to the tile that takes its first row.
  virtual void QueueWait(absl::Duration /*since_submit*/) {}
  virtual void ChainDiverged() {}
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_BATCHING_OBSERVER_H_

// The events that batching reports for metrics. server/observe implements the interface; tests count the calls.

#ifndef EBM_SERVER_BATCHING_BATCHING_OBSERVER_H_
#define EBM_SERVER_BATCHING_BATCHING_OBSERVER_H_

#include "absl/time/time.h"

namespace ebm::batching {

// Threads: called concurrently from workers, never under a batching lock. Must return quickly.
class BatchingObserver {
 public:
  virtual ~BatchingObserver() = default;

  // One step of one worker's tile, with `chains` slots occupied.
  virtual void StepTaken(absl::Duration /*duration*/, int /*chains*/) {}
  // One tile of Classify and Score rows.
  virtual void RowsEvaluated(absl::Duration /*duration*/, int /*rows*/) {}
  // The time from Submit to the first frame that the sink took.
  virtual void FirstFrame(absl::Duration /*since_submit*/) {}
  // The time from Submit to the request's first slot, or to the tile that takes its first row.
  virtual void QueueWait(absl::Duration /*since_submit*/) {}
  virtual void ChainDiverged() {}
  // The sink took a frame with the last states of this many chains.
  virtual void ChainsFinished(int /*chains*/) {}
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_BATCHING_OBSERVER_H_

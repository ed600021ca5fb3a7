// Offers frames to the sinks of their jobs: new ones of chains in slots, and those that wait for slow readers.
//
// The frames of a chain reach the sink in order: a chain whose frame has not been taken makes no step (sample_job.h).
// No lock is held while a sink is called. A sink that runs out of memory ends its job.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_BATCHING_FRAME_OFFERS_H_
#define EBM_SERVER_BATCHING_FRAME_OFFERS_H_

#include "server/batching/batching_observer.h"
#include "server/batching/clock.h"
#include "server/batching/job_board.h"
#include "server/batching/result_sink.h"
#include "server/batching/sample_job.h"
#include "server/batching/shared_parts.h"

namespace ebm::batching {

class FrameOffers {
 public:
  // The board is borrowed and outlives the object.
  FrameOffers(JobBoard* board, const SharedParts& shared)
      : board_(*board), clock_(*shared.clock), observer_(*shared.observer) {}

  // Offers a frame of running chains. True if they keep their slots; otherwise they have left them.
  bool Offer(const SampleJobPtr& job, Frame frame);

  // Offers the pending frames of all jobs whose sinks may have room again. False if there are none.
  bool OfferPending();

 private:
  bool OfferNextPending(const SampleJobPtr& job);
  OfferResult CallSink(SampleJob& job, Frame& frame);
  void ReportTaken(SampleJob& job, int chains, bool last);

  JobBoard& board_;
  const Clock& clock_;
  BatchingObserver& observer_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_FRAME_OFFERS_H_

// Where a request's results go. Workers offer frames; the implementation (an RPC stream, a test) takes them at its own
// speed. The chains of a slow reader are parked without a slot; those of a reader that is gone are released.

#ifndef EBM_SERVER_BATCHING_RESULT_SINK_H_
#define EBM_SERVER_BATCHING_RESULT_SINK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/batching/chain_engine.h"
#include "server/batching/chain_traces.h"

namespace ebm::batching {

// The states of one request's chains that reached the same step in the same tile.
struct Frame {
  uint32_t step = 0;                // steps done
  bool final_states = false;        // these chains have done all their steps
  std::vector<uint32_t> chains;     // [n] indices within the request
  std::vector<float> states;        // [n, D], scaled units
  std::vector<float> log_density;   // [n], ln p~(x)
  std::vector<double> log_weights;  // [n], ln w; empty unless the chains are weighted
};

// A chain whose state became non-finite, and the step after which that was detected.
struct DivergedChain {
  uint32_t chain = 0;
  uint32_t step = 0;

  friend bool operator==(const DivergedChain&, const DivergedChain&) = default;
};

// How a request ended.
struct SampleSummary {
  absl::Status status;  // OK, Cancelled, DeadlineExceeded, Unavailable (the server stops), ResourceExhausted (no
                        // memory for a frame), the engine's, or that of a call of Cancel
  uint32_t chains_finished = 0;  // chains that did all their steps
  std::vector<DivergedChain> diverged;
  uint64_t chain_steps = 0;             // steps that this request did, of all chains
  uint64_t accepted_steps = 0;          // how many of them were accepted; 0 for chains that reject none
  std::vector<ChainProgress> progress;  // [chains], as of the last time each chain's state was read
  std::optional<ChainTraces> traces;    // if the task wants them; complete for the chains that finished
  absl::Duration queue_wait;            // from Submit to the first slot of any chain
};

enum class OfferResult {
  kTaken,  // the sink took the frame, which is moved from
  kFull,   // the frame is untouched; call ChainScheduler::Resume when the sink has room again
  kGone,   // the reader is gone; the request ends and its chains are released
};

// Threads: called from workers, never under a batching lock. Several workers may call Offer at the same time, with
// frames of different chains; the frames of a chain come in order.
class ResultSink {
 public:
  virtual ~ResultSink() = default;

  // May throw std::bad_alloc, which ends the request.
  virtual OfferResult Offer(Frame& frame) = 0;

  // Called exactly once, after the last Offer has returned. Must not throw.
  virtual void Finish(SampleSummary summary) = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_RESULT_SINK_H_

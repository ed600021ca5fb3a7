// Where a request's results go. The batching side offers; whoever stands behind the sink (an RPC stream, a test) takes
// at its own speed. A slow reader's chains are parked without a slot; a vanished reader's chains are freed.

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

// Chains of one request that reached the same step in the same tile.
struct Frame {
  uint32_t step = 0;                // steps done
  bool final_states = false;        // these chains have done all their steps
  std::vector<uint32_t> chains;     // [n] indices within the request
  std::vector<float> states;        // [n, D], scaled units
  std::vector<float> log_density;   // [n], ln p~(x)
  std::vector<double> log_weights;  // [n], ln w; empty where the chains do not anneal
};

// A chain whose state stopped being finite, and the step after which it was seen.
struct DivergedChain {
  uint32_t chain = 0;
  uint32_t step = 0;

  friend bool operator==(const DivergedChain&, const DivergedChain&) = default;
};

// How a request ended.
struct SampleSummary {
  absl::Status status;           // OK, Cancelled, DeadlineExceeded, Unavailable (the server stops)
  uint32_t chains_finished = 0;  // chains that did all their steps
  std::vector<DivergedChain> diverged;
  uint64_t chain_steps = 0;             // steps done by all chains together
  uint64_t accepted_steps = 0;          // of them, those that were accepted, where steps are accepted or refused
  std::vector<ChainProgress> progress;  // [chains], where each chain's last frame left it
  std::optional<ChainTraces> traces;    // where the task wants them; whole for the chains that finished
  absl::Duration queue_wait;            // from Submit to the first chain's first slot
};

enum class OfferResult {
  kTaken,  // the frame was moved from
  kFull,   // the frame is untouched; the sink calls ChainScheduler::Resume when it has room
  kGone,   // nobody reads any more; the request's chains are released
};

// Threads: Offer and Finish are called from workers, never two at once for the same sink, never under a batching lock.
class ResultSink {
 public:
  virtual ~ResultSink() = default;

  virtual OfferResult Offer(Frame& frame) = 0;

  // Called exactly once, after the last Offer; always accepted.
  virtual void Finish(SampleSummary summary) = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_RESULT_SINK_H_

// The events of one model's requests, besides those of its engine: which were refused or broken off, and the figures of
// rows. server/observe implements the interface; tests keep what they get.

#ifndef EBM_SERVER_INFERENCE_MODEL_OBSERVER_H_
#define EBM_SERVER_INFERENCE_MODEL_OBSERVER_H_

#include <span>

#include "server/batching/batching_observer.h"

namespace ebm::inference {

// Why a request was not accepted.
enum class Refusal {
  kInvalid,    // malformed, or not supported by the model
  kQueueFull,  // the limits of queued chains and rows
  kMemory,     // no memory for its states, rows or answer
  kCalls,      // the limit of open calls
  kShare,      // its caller's own share of chains, rows and bytes
  kDeadline,   // its deadline has passed, or cannot be met
  kDraining,   // the model takes no new requests
};

// Why an accepted request ended without its whole answer.
enum class Break {
  kCaller,    // cancelled, or the caller is gone
  kDeadline,  // the deadline passed while it waited or ran
  kShutdown,  // the server stopped, or the model was unloaded
  kFailure,   // the computation failed, or memory ran out
};

// The figures of the rows of one Classify or Score request, [n], as its answer has them or would have them. Valid
// during the call.
struct RowsObserved {
  std::span<const float> percentiles;    // of ln p~, 0 to 100; empty if the model has none
  std::span<const float> max_softmaxes;  // at temperature 1; empty if the model has one class
  std::span<const float> p_values;       // empty unless the request asked for them
};

// Threads: called concurrently from workers and from the threads of calls, never under a lock. Must return quickly.
class ModelObserver : public batching::BatchingObserver {
 public:
  virtual void Refused(Refusal /*why*/) {}
  virtual void BrokenOff(Break /*why*/) {}
  virtual void RowsAnswered(const RowsObserved& /*rows*/) {}
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_MODEL_OBSERVER_H_
